"""Each component says what it must, escapes what it is given, and refuses what it does not know."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils import timezone

from core.charts import Point, line_chart
from core.samples import BOLT, SampleCopy, SampleTab

EVIL = '<script>alert("1")</script>'


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def render(source: str, **context: Any) -> str:
    return Template(source).render(Context(context)).strip()


def text_of(markup: str) -> str:
    """What is read aloud, in one line."""
    reader = _Text()
    reader.feed(markup)
    return " ".join("".join(reader.words).split())


def hours(n: float) -> datetime:
    return timezone.now() + timedelta(hours=n)


# --- small things


def test_an_icon_is_silent_unless_it_has_a_label():
    assert 'aria-hidden="true"' in render('{% icon "bell" %}')
    assert text_of(render('{% icon "bell" %}')) == ""
    assert text_of(render('{% icon "bell" label %}', label="A < B")) == "A < B"


def test_an_icon_that_does_not_exist_is_an_error():
    with pytest.raises(Exception, match="no-such-icon"):
        render('{% icon "no-such-icon" %}')


@pytest.mark.parametrize(
    ("amount", "signed", "markup"),
    [
        (Decimal("3"), False, '<span class="money">$3.00</span>'),
        (Decimal("3"), True, '<span class="money up">+$3.00</span>'),
        (Decimal("-3"), True, '<span class="money down">−$3.00</span>'),
        (0, True, '<span class="money">$0.00</span>'),
        (None, False, '<span class="money muted">—</span>'),
    ],
)
def test_money(amount, signed, markup):
    assert render("{% money amount signed=signed %}", amount=amount, signed=signed) == markup


def test_a_time_carries_its_exact_moment():
    moment = hours(-3)
    assert render("{% when moment %}", moment=moment) == (
        f'<time datetime="{moment.isoformat()}" title="{moment:%Y-%m-%d %H:%M} UTC">3 hours ago</time>'
    )


@pytest.mark.parametrize(("in_hours", "tone"), [(25, "plain"), (23, "warn"), (-1, "bad")])
def test_a_deadline_speaks_up_in_its_last_day(in_hours, tone):
    assert f'class="pill {tone}"' in render("{% deadline moment %}", moment=hours(in_hours))


def test_an_avatar_shows_initials_presence_and_frame():
    markup = render('{% avatar name "large" presence="here" frame=True %}', name="<b> evil")
    assert text_of(markup) == "<E"
    assert 'class="here"' in markup
    assert 'class="frame"' in markup


@pytest.mark.parametrize(("tier", "bars"), [("new", 0), ("bronze", 1), ("diamond", 5), ("unheard-of", 0)])
def test_a_tier_is_bars_and_its_word(tier, bars):
    markup = render("{% tier_badge tier %}", tier=tier)
    assert [path.count("z") for path in re.findall(r'class="on" d="([^"]*)"', markup)] == (
        [bars] if bars else []
    )
    assert text_of(markup).lower() == tier


@pytest.mark.parametrize(("action", "word"), [("buy", "BUY"), ("SELL", "SELL"), ("HOLD", "HOLD")])
def test_a_call_has_a_shape_and_its_word(action, word):
    markup = render("{% call action %}", action=action)
    assert text_of(markup) == word
    assert "<path" in markup


@pytest.mark.parametrize(
    ("rating", "count", "text"),
    [
        (4, None, "★★★★☆4 out of 5"),
        (Decimal("4.67"), 39, "★★★★★4.7out of 5 39 reviews"),
        (Decimal("1.2"), 1, "★☆☆☆☆1.2out of 5 1 review"),
        (None, None, "no reviews yet"),
    ],
)
def test_stars(rating, count, text):
    assert text_of(render("{% stars rating count %}", rating=rating, count=count)) == text


def test_a_meter_is_as_wide_as_its_share():
    markup = render('{% meter "Speed" value %}', value=Decimal("3.4"))
    assert text_of(markup) == "Speed3.4"
    assert 'width="68.0"' in markup
    assert text_of(render('{% meter "To gold" 412 600 "412 of 600" %}')) == "To gold412 of 600"


# --- acting


def test_a_button_submits_unless_it_is_a_link():
    assert render('{% button "Accept" kind="primary" name="do" value=0 %}') == (
        '<button class="button primary" type="submit" name="do" value="0"><span>Accept</span></button>'
    )
    assert render('{% button "All" href=href %}', href="/trades/?a=1&b=2") == (
        '<a class="button" href="/trades/?a=1&amp;b=2"><span>All</span></a>'
    )


def test_an_icon_only_button_keeps_its_name():
    assert text_of(render('{% button "Remove" icon="trash-2" icon_only=True %}')) == "Remove"


def test_a_button_does_not_take_what_it_does_not_know():
    with pytest.raises(TemplateSyntaxError):
        render('{% button "Accept" colour="red" %}')


def test_a_dialog_is_named_by_its_title_and_holds_its_form():
    markup = render(
        '{% dialog id="sure" title=title %}<form>{{ word }}</form>{% enddialog %}', title=EVIL, word="<i>"
    )
    assert '<dialog id="sure" aria-labelledby="sure-title">' in markup
    assert "<form>&lt;i&gt;</form>" in markup
    assert EVIL not in markup


def test_tabs_mark_the_current_one():
    tabs = [SampleTab("Needs you", "?tab=a", True, 3), SampleTab("Done", "?tab=b", False)]
    markup = render('{% tabs "Trades" tabs %}', tabs=tabs)
    assert markup.count("aria-current") == 1
    assert text_of(markup) == "Needs you 3Done"


def test_a_pager_keeps_the_rest_of_the_query():
    request = RequestFactory().get("/cards/", {"q": "a&b", "page": "2"})
    page = Paginator(range(50), 10).page(2)
    markup = render("{% pager page %}", page=page, request=request)
    assert 'href="?q=a%26b&amp;page=1"' in markup
    assert 'href="?q=a%26b&amp;page=3"' in markup
    assert text_of(markup) == "Previous Page 2 of 5 Next"


def test_one_page_needs_no_pager():
    assert render("{% pager page %}", page=Paginator(range(3), 10).page(1)) == ""


# --- forms


class OfferForm(forms.Form):
    cash = forms.DecimalField(label="Cash", help_text="In dollars.")
    note = forms.CharField(label="Note", required=False)
    how = forms.ChoiceField(label="How", choices=[("mail", "By mail")], widget=forms.RadioSelect)
    agree = forms.BooleanField(label="Agreed")
    version = forms.IntegerField(widget=forms.HiddenInput)

    def clean(self):
        raise forms.ValidationError("Nothing is on the table.")


def test_a_field_ties_help_and_error_to_its_control():
    markup = render("{% field form.cash %}", form=OfferForm({"cash": EVIL}))
    assert 'for="id_cash"' in markup
    assert 'aria-describedby="id_cash_helptext id_cash_error"' in markup
    assert 'aria-invalid="true"' in markup
    assert 'id="id_cash_helptext"' in markup
    assert 'id="id_cash_error"' in markup
    assert text_of(markup) == "Cash In dollars. Enter a number."
    assert EVIL not in markup


def test_optional_fields_say_so():
    assert text_of(render("{% field form.note %}", form=OfferForm())) == "Note optional"


def test_choices_are_a_group_with_a_legend():
    markup = render("{% field form.how %}", form=OfferForm())
    assert "<legend>How</legend>" in markup


def test_every_form_brings_its_summary_with_links_and_focus():
    markup = str(OfferForm({}))
    assert markup.startswith('<div class="error-summary bad" role="alert" tabindex="-1" autofocus')
    assert '<a href="#id_cash">Cash: This field is required.</a>' in markup
    assert '<a href="#id_how">How: This field is required.</a>' in markup
    assert "<li>Nothing is on the table.</li>" in markup
    assert "<li>This field is required.</li>" in markup  # the hidden field has no place of its own
    assert markup.count('type="hidden"') == 1


def test_a_fresh_form_has_no_summary():
    assert "error-summary" not in str(OfferForm())


# --- telling


@pytest.mark.parametrize(
    ("level", "tone"),
    [("success", "ok"), ("info", "info"), ("warning", "warn"), ("error", "bad"), ("debug", "info")],
)
def test_a_toast_speaks_in_the_tone_of_its_level(level, tone):
    markup = render("{% toast text level %}", text=EVIL, level=level)
    assert f'class="toast {tone}"' in markup
    assert EVIL not in markup


def test_a_notice_and_an_empty_state_hold_their_content():
    notice = render('{% notice title="Gone" tone="warn" %}<p>{{ who }}</p>{% endnotice %}', who="<bob>")
    assert text_of(notice) == "Gone<bob>"
    empty = render('{% empty_state icon="album" title="Empty" %}<p>Import.</p>{% endempty_state %}')
    assert "<h2>Empty</h2><p>Import.</p>" in empty


def test_an_event_is_a_row_with_its_time():
    markup = render(
        '{% event icon="send" text=text at=at %}<p>x</p>{% endevent %}', text="bob <sent>", at=hours(-1)
    )
    assert markup.startswith('<li class="event plain">')
    assert text_of(markup) == "bob <sent>1 hour agox"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("added", "+Added: 2 × Bolt+$3.00"),
        ("removed", "−Removed: 2 × Bolt+$3.00"),
        ("changed", "±Changed: 2 × Bolt+$3.00"),
    ],
)
def test_a_diff_row_says_its_kind_in_words(kind, text):
    assert text_of(render('{% diff_row kind "2 × Bolt" change %}', kind=kind, change=Decimal(3))) == text


def test_an_unknown_kind_of_diff_is_an_error():
    with pytest.raises(KeyError):
        render('{% diff_row "moved" "2 × Bolt" %}')


def test_a_message_stays_text():
    markup = render("{% message text at author=author %}", text=EVIL, at=hours(-1), author=EVIL)
    assert EVIL not in markup
    assert text_of(markup) == f"{EVIL}: {EVIL} 1 hour ago"


def test_a_deleted_message_keeps_its_words_to_itself():
    markup = render('{% message "secret" at author="bob" deleted=True edited=True %}', at=hours(-1))
    assert "secret" not in markup
    assert text_of(markup) == "bob: This message was deleted. 1 hour ago"


def test_an_own_message_shows_whether_it_was_read():
    assert (
        text_of(render('{% message "Hi" at mine=True state="read" %}', at=hours(-1)))
        == "You: Hi 1 hour ago read"
    )


# --- cards and values

COPY = SampleCopy(BOLT, Decimal("2.50"), quantity=3)


def test_a_card_without_a_picture_is_drawn():
    markup = render("{% card_face card %}", card=replace(BOLT, name=EVIL, set_code='"x"'))
    assert markup.startswith('<svg class="face" viewBox="0 0 63 88"')
    assert 'aria-hidden="true"' in markup
    assert EVIL not in markup
    assert '"x"' not in markup


def test_a_card_with_a_picture_shows_it():
    markup = render("{% card_face card %}", card=replace(BOLT, image_uri="https://cards.scryfall.io/a.jpg"))
    assert markup == (
        '<img class="face" src="https://cards.scryfall.io/a.jpg" alt="" width="63" height="88" loading="lazy" decoding="async">'
    )


@pytest.mark.parametrize(
    ("options", "start"),
    [
        ("", '<div class="tile">'),
        ('href="/cards/7/"', '<a class="tile" href="/cards/7/">'),
        ('submit_name="add" submit_value=7', '<button class="tile" type="submit" name="add" value="7">'),
        (
            'submit_name="add" submit_value=7 chosen=True',
            '<button class="tile chosen" type="submit" name="add" value="7">',
        ),
    ],
)
def test_a_tile_is_plain_a_link_or_a_button(options, start):
    markup = render(f"{{% card_tile card {options} %}}", card=BOLT)
    assert markup.startswith(start)
    assert markup.endswith(f"</{start.split()[0][1:]}>")


def test_a_tile_tells_copy_value_and_action():
    copy = replace(COPY, finish="foil", language="ja", variant="signed")
    markup = render(
        '{% card_tile card copy=copy value=value quantity=4 submit_name="add" submit_value=1 action="Add" note="reserved" %}',
        card=BOLT,
        copy=copy,
        value=Decimal("2.50"),
    )
    assert text_of(markup) == (
        "Lightning BoltE01 54 Add: Lightning BoltE01 54 · uncommonNM · foil · Japanese · signed$2.50×4 reserved"
    )


def test_a_tile_without_a_price_says_so():
    assert "unpriced" in text_of(render("{% card_tile card copy=copy %}", card=BOLT, copy=COPY))


@pytest.mark.parametrize(
    ("changes", "price"),
    [
        ({}, "$7.50$2.50 each · estimate · 2 days old"),
        ({"quantity": 1}, "$2.50estimate · 2 days old"),
        ({"language": "ja"}, "$7.50$2.50 each · English price · 2 days old"),
        ({"declared": True}, "$7.50$2.50 each · declared"),
        ({"unit_price": None}, "unpriced"),
        ({"price_as_of": None}, "$7.50$2.50 each · estimate"),
    ],
)
def test_a_line_says_where_its_price_comes_from(changes, price):
    copy = replace(SampleCopy(BOLT, Decimal("2.50"), quantity=3), **changes)  # of today, also after midnight
    text = text_of(render("{% item_line item %}{% enditem_line %}", item=copy))
    language = " · Japanese" if copy.language == "ja" else ""
    assert text == f"{copy.quantity} × Lightning BoltE01 54 · NM{language}{price}"


def test_a_line_tells_what_stands_in_the_way():
    assert "also in 1 other offer" in render("{% item_line item claims=1 %}{% enditem_line %}", item=COPY)
    assert "also in 2 other offers" in render("{% item_line item claims=2 %}{% enditem_line %}", item=COPY)
    gone = render("{% item_line item claims=2 gone=True %}{% enditem_line %}", item=COPY)
    assert "no longer available" in gone
    assert "other offers" not in gone


def test_a_line_holds_its_form():
    markup = render('{% item_line item %} <input name="quantity"> {% enditem_line %}', item=COPY)
    assert '<div class="line-form"><input name="quantity"></div>' in markup


def test_a_balance_shows_both_sides_on_one_scale():
    markup = render(
        '{% balance give get give_count=3 get_count=2 verdict="They gain $3.00 (7 %)" fairness=93 %}',
        give=Decimal(41),
        get=Decimal(38),
    )
    assert text_of(markup) == "You give 3 $41.00You get 2 $38.00They gain $3.00 (7 %)93 % even"
    assert '<rect class="give" x="0.0" width="100.0"' in markup
    assert '<rect class="get" x="100" width="92.7"' in markup


def test_a_balance_without_a_price_shows_no_percentage():
    markup = render(
        '{% balance give get give_count=1 get_count=1 verdict="One card has no price" unpriced=True %}',
        give=Decimal(1),
        get=Decimal(1),
    )
    assert "no percentage while a card is unpriced" in text_of(markup)


def test_a_gift_has_no_percentage_either():
    markup = render(
        '{% balance give get give_count=0 get_count=1 verdict="A gift to you" %}',
        give=Decimal(0),
        get=Decimal(1),
    )
    assert text_of(markup) == "You give 0 $0.00You get 1 $1.00A gift to you"


# --- charts


def test_a_histogram_is_a_table():
    markup = render('{% histogram counts "By stars" %}', counts={5: 3, 1: 1})
    assert text_of(markup) == "By stars5 ★stars34 ★stars03 ★stars02 ★stars01 ★stars1"
    assert markup.count('width="75.0"') == 1
    assert markup.count('width="25.0"') == 1


def test_a_chart_has_a_title_and_a_table():
    today = timezone.localdate()
    drawing = line_chart([Point(today - timedelta(days=1), Decimal("2.00")), Point(today, Decimal("2.50"))])
    markup = render('{% chart drawing "Bolt" %}', drawing=drawing)
    assert '<svg role="img" aria-labelledby="chart-title"><title id="chart-title">Bolt, ' in markup
    assert markup.count('<th scope="row">') == 2
    assert "$2.50" in markup


def test_nothing_to_draw_is_said():
    assert text_of(render('{% chart drawing "Bolt" %}', drawing=None)) == "No figures yet."


def test_a_picture_from_elsewhere_is_drawn_instead(settings) -> None:
    """The policy would block it and leave an empty frame."""
    settings.CARD_IMAGE_ORIGINS = ["https://pictures.example"]
    ours = replace(BOLT, image_uri="https://pictures.example/bolt.jpg")
    assert "<img" in render("{% card_face card %}", card=ours)
    elsewhere = replace(BOLT, image_uri="https://pictures.example.evil/bolt.jpg")
    assert "<img" not in render("{% card_face card %}", card=elsewhere)

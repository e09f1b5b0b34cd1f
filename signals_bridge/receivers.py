"""What signals do when something happens in the rooms below."""

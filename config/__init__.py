"""The top floor. Importing it costs nothing: `config.embedded` runs before Django has its settings."""

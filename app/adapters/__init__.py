"""Outside systems, each behind a protocol with an implementation that needs no network."""

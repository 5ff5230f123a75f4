"""The dashboard, and what goes on at this moment; the toolbar that pages with numbers share."""

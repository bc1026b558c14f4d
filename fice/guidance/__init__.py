"""What an edit is drawn to, and held by: the terms of its objective, bound to photo and words."""

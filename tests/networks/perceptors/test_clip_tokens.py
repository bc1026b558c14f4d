"""Token ids are CLIP's: `a` 320, `red` 736, `shirt` 2523, `.` 269, `!` 256."""

import pytest
import torch

from fice.base.errors import TextError
from fice.networks.perceptors.clip_tokens import END_TOKEN, START_TOKEN, ClipTokenizer

FULL = range(49408)
SMALL = (320, 736, 2523, START_TOKEN, END_TOKEN)  # a, red, shirt


class TestFullVocabulary:
    def test_ids(self):
        rows = ClipTokenizer(FULL, 7)(["a red shirt"])
        assert rows.tolist() == [[START_TOKEN, 320, 736, 2523, END_TOKEN, 0, 0]]

    def test_agrees_with_open_clip(self):
        from open_clip.tokenizer import SimpleTokenizer

        texts = ["A man's  v-neck T-shirt, blue & white!", "tie-dye dress", "&lt;3 café"]
        assert torch.equal(ClipTokenizer(FULL, 77)(texts), SimpleTokenizer()(texts))

    def test_nothing_is_ignored(self):
        assert ClipTokenizer(FULL, 77).ignored_words("Quixotic zxqj shirt!") == ()

    def test_text_of_exactly_the_context(self):
        assert ClipTokenizer(FULL, 5)(["a red shirt"])[0, -1] == END_TOKEN

    def test_too_long(self):
        with pytest.raises(TextError, match="has 4 tokens, but this CLIP model reads at most 3"):
            ClipTokenizer(FULL, 5)(["a red red shirt"])

    @pytest.mark.parametrize("text", ["", "  \n"])
    def test_empty(self, text):
        with pytest.raises(TextError, match="empty"):
            ClipTokenizer(FULL, 77)([text])

    def test_no_text(self):
        with pytest.raises(TextError, match="no text"):
            ClipTokenizer(FULL, 77)([])

    def test_control_marks(self):
        with pytest.raises(TextError, match="control marks"):
            ClipTokenizer(FULL, 77)(["a red <end_of_text> shirt"])


class TestSmallVocabulary:
    @pytest.fixture
    def tokenizer(self):
        return ClipTokenizer(SMALL, 8)

    def test_rows(self, tokenizer):
        assert tokenizer(["a red shirt"]).tolist() == [[3, 0, 1, 2, 4, 0, 0, 0]]

    def test_end_is_the_largest_row(self, tokenizer):
        """The text feature is read at the largest row."""
        rows = tokenizer(["shirt", "a red shirt"])
        assert rows.argmax(-1).tolist() == [2, 4]

    def test_unknown_words_are_left_out_and_named(self, tokenizer):
        text = "A purple red tie-dye shirt, purple!"
        assert tokenizer(["a red shirt"]).equal(tokenizer([text]))
        assert tokenizer.ignored_words(text) == ("purple", "tie-dye")

    def test_known_text(self, tokenizer):
        assert tokenizer.ignored_words("a red shirt") == ()

    def test_punctuation_is_no_word(self, tokenizer):
        assert tokenizer.ignored_words("a red - shirt!") == ()

    def test_only_unknown_words(self, tokenizer):
        with pytest.raises(TextError, match="knows no word of 'purple dress'"):
            tokenizer(["purple dress"])

    def test_length_counts_known_words_only(self, tokenizer):
        tokenizer(["a purple purple purple purple purple purple purple red shirt"])
        with pytest.raises(TextError, match="7 tokens"):
            tokenizer(["a " * 7])

    def test_model_that_reads_no_text(self):
        with pytest.raises(TextError, match="start and end"):
            ClipTokenizer((320, 736), 8)(["a red"])

"""CLIP files in the layout of transformers against transformers itself.

Networks with random weights, saved by transformers and read here: both see the same pixels and the
same tokens.
"""

import gzip
from importlib.resources import files

import pytest
import torch
import transformers
from open_clip.tokenizer import bytes_to_unicode
from safetensors.torch import load_file, save_file

from fice.checkpoints import load_clip
from fice.checkpoints.convert import convert
from fice.networks.perceptors.clip_tokens import ClipTokenizer

RELATIVE = 1e-5
VOCABULARY, CONTEXT = 49408, 77
TEXTS = ["a red shirt", "ein grünes Kleid", "裙子 with stripes, knee-length"]
SMALL = {
    "text_config": {
        "hidden_size": 64,
        "intermediate_size": 160,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
    },
    "vision_config": {
        "hidden_size": 96,
        "intermediate_size": 384,
        "num_hidden_layers": 3,
        "num_attention_heads": 2,
        "image_size": 32,
        "patch_size": 8,
    },
    "projection_dim": 24,
}


def network(config, activation="quick_gelu"):
    """A network of transformers whose weights are larger than at birth, so that errors show."""
    towers = ("text_config", "vision_config")
    parts = {key: {**config.get(key, {}), "hidden_act": activation} for key in towers}
    torch.manual_seed(0)
    model = transformers.CLIPModel(transformers.CLIPConfig(**{**config, **parts})).eval()
    with torch.no_grad():
        for name, value in model.named_parameters():
            if value.ndim < 2:
                value.add_(0.1 * torch.randn_like(value))
            elif "embedding" not in name:
                value.copy_(torch.randn_like(value) / value[0].numel() ** 0.5)
    return model


def unit(features):
    return features / features.norm(dim=-1, keepdim=True)


@torch.no_grad()
def check(model, guide, relative_error):
    """Both features of `guide` are those of `model`."""
    pixels = guide.preprocess(torch.rand(2, 3, 64, 48))
    seen = model.visual_projection(model.vision_model(pixel_values=pixels).pooler_output)
    rows = guide.tokenizer(TEXTS)
    said = model.text_projection(model.text_model(input_ids=rows).pooler_output)
    found = guide.model.encode_image(pixels)
    errors = {
        "image": relative_error(unit(found), unit(seen), "image"),
        "text": relative_error(guide.encode_tokens(rows), unit(said), "text"),
    }
    assert max(errors.values()) < RELATIVE, errors


class TestSmall:
    @pytest.mark.parametrize("activation", ["quick_gelu", "gelu"])
    def test_folder(self, tmp_path, activation, relative_error):
        model = network(SMALL, activation)
        model.save_pretrained(tmp_path)
        guide = load_clip(tmp_path)
        assert guide.config.quick_gelu == (activation == "quick_gelu")
        check(model, guide, relative_error)

    def test_old_file(self, tmp_path, relative_error):
        """A pickle, beside it what other programs keep there, with the tables of constants."""
        model = network(SMALL)
        model.save_pretrained(tmp_path)
        (tmp_path / "model.safetensors").unlink()
        (tmp_path / "tf_model.h5").touch()
        constants = {
            "text_model.embeddings.position_ids": torch.arange(77)[None],
            "vision_model.embeddings.position_ids": torch.arange(17)[None],
        }
        torch.save(model.state_dict() | constants, tmp_path / "pytorch_model.bin")
        check(model, load_clip(tmp_path), relative_error)
        check(model, load_clip(tmp_path / "pytorch_model.bin"), relative_error)

    def test_both_containers_in_one_folder(self, tmp_path, relative_error):
        model = network(SMALL)
        model.save_pretrained(tmp_path)
        torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
        check(model, load_clip(tmp_path), relative_error)

    def test_converted(self, tmp_path, relative_error):
        model = network(SMALL)
        model.save_pretrained(tmp_path)
        target = tmp_path / "out" / "clip.safetensors"
        assert convert(tmp_path, target).resolution == "32x32"
        check(model, load_clip(target), relative_error)
        assert load_clip(target).fingerprint == load_clip(tmp_path).fingerprint

    @pytest.mark.parametrize("prefix", ["", "text_encoders.clip_l.transformer."])
    def test_halves_of_the_host_in_one_folder(self, tmp_path, prefix, relative_error):
        model = network(SMALL)
        halves = {"vision": {}, "text": {}}
        for key, value in model.state_dict().items():
            half = "vision" if key.startswith("vis") else "text"
            halves[half][f"{prefix if half == 'text' else ''}{key}"] = value
        halves["text"].pop(f"{prefix}logit_scale")
        model.config.save_pretrained(tmp_path)
        for half, state in halves.items():
            save_file(state, tmp_path / f"clip_{half}.safetensors")
        check(model, load_clip(tmp_path), relative_error)
        target = tmp_path / "out" / "clip.safetensors"
        convert(tmp_path, target)
        check(model, load_clip(target), relative_error)

    def test_gradient(self, tmp_path, relative_error):
        model = network(SMALL)
        model.save_pretrained(tmp_path)
        guide = load_clip(tmp_path)
        pixels = torch.rand(2, 3, *guide.config.image_size)
        gradients = []
        for see in (
            guide.model.encode_image,
            lambda x: model.visual_projection(model.vision_model(pixel_values=x).pooler_output),
        ):
            mine = pixels.clone().requires_grad_()
            unit(see(mine))[:, 0].sum().backward()
            gradients.append(mine.grad)
        assert relative_error(*gradients, "gradient") < RELATIVE


@pytest.mark.slow
class TestFullWidth:
    """ViT-B-32, which is what transformers builds by default."""

    def test_described(self, tmp_path, relative_error):
        model = network({})
        model.save_pretrained(tmp_path)
        check(model, load_clip(tmp_path), relative_error)

    def test_of_openai_without_a_description(self, tmp_path, relative_error):
        """OpenAI's matrices hold half-precision numbers, also after a conversion to float32."""
        model = network({})
        with torch.no_grad():
            for name, value in model.named_parameters():
                if value.ndim > 1 and ("position" not in name and "token" not in name):
                    value.copy_(value.half().float())
        save_file(model.state_dict(), tmp_path / "clip-vit-base-patch32.safetensors")
        guide = load_clip(tmp_path / "clip-vit-base-patch32.safetensors")
        assert guide.config.quick_gelu
        check(model, guide, relative_error)


WORDS = {
    "latin": "a red silk dress with short sleeves and a v-neck it's 100% cotton size 38",
    "diacritics": "ein grünes Kleid für große Größen une élégante chemise señora niño żółty",
    "cyrillic": "красное платье с длинными рукавами и воротником рубашка в полоску",
    "greek": "ένα κόκκινο φόρεμα με μακριά μανίκια και γιακά",
    "arabic": "فستان أحمر بأكمام طويلة وياقة قميص مخطط",
    "hebrew": "שמלה אדומה עם שרוולים ארוכים וצווארון",
    "devanagari": "लाल रंग की पोशाक लंबी आस्तीन वाली कमीज",
    "thai": "ชุดสีแดง แขนยาว เสื้อเชิ้ต ลายทาง",
    "chinese": "红色 连衣裙 长袖 衬衫 条纹 领子 丝绸",
    "japanese": "赤い ドレス 長袖 シャツ ストライプ えり",
    "korean": "빨간 드레스 긴 소매 셔츠 줄무늬",
    "marks": "T-shirt, (blue) [new] jeans! polo? a/b #1 50/50 don't we'll 👗 👕 €20 & co.",
}


def texts(count):
    """`count` different texts of one to six words each, of one or two scripts, in changing case."""
    generator = torch.Generator().manual_seed(0)

    def draw(below):
        return int(torch.randint(below, (), generator=generator))

    scripts = [words.split() for words in WORDS.values()]
    cases = (str, str.lower, str.upper, str.title)
    found: dict[str, None] = {}
    while len(found) < count:
        pool = scripts[len(found) % len(scripts)] + (scripts[draw(len(scripts))] if draw(2) else [])
        chosen = [pool[draw(len(pool))] for _ in range(1 + draw(6))]
        found[cases[draw(4)](" ".join(chosen))] = None
    return list(found)


def test_tokenizers_agree():
    """The tokenizer of transformers, made of the merges that open_clip ships."""
    packed = files("open_clip") / "bpe_simple_vocab_16e6.txt.gz"
    lines = gzip.decompress(packed.read_bytes()).decode().split("\n")
    letters = list(bytes_to_unicode().values())
    merges = lines[1 : 1 + VOCABULARY - 2 - 2 * len(letters)]
    names = [*letters, *(f"{x}</w>" for x in letters), *(m.replace(" ", "") for m in merges)]
    names += ["<|startoftext|>", "<|endoftext|>"]
    assert len(names) == VOCABULARY
    vocabulary = {name: number for number, name in enumerate(names)}
    theirs = transformers.CLIPTokenizer(
        vocab=vocabulary, merges=[tuple(merge.split()) for merge in merges]
    )
    ours = ClipTokenizer(range(VOCABULARY), 256)
    given = texts(1000)
    different = []
    for text in given:
        rows = ours([text])[0]
        found = rows[: int(rows.argmax()) + 1].tolist()
        if found != theirs(text)["input_ids"]:
            different.append(text)
    assert different == []


def test_state_of_the_network_is_complete(tmp_path):
    """No tensor of the file is left out."""
    model = network(SMALL)
    model.save_pretrained(tmp_path)
    numbers = sum(value.numel() for value in load_file(tmp_path / "model.safetensors").values())
    assert sum(p.numel() for p in load_clip(tmp_path).model.state_dict().values()) == numbers

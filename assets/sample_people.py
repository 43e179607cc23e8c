"""Who is in the sample hospital, what was examined, what the reports say, and which slips are in the tray."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from assets.sample_objects import Images, abdomen_us, brain_mr, chest_ct, chest_dr


@dataclass(frozen=True)
class Person:
    """Nobody."""

    key: str
    patient_id: str
    name: str
    shown: str
    charset: str
    sex: str
    birth: date | None
    national_id: str = ""
    telephone: str = ""
    visit: str = ""


@dataclass(frozen=True)
class Version:
    """One version of one report: VERIFIED, UNVERIFIED; hours after the exam."""

    flag: str
    hours: float
    findings: str
    impression: str
    structured: bool = False


@dataclass(frozen=True)
class Study:
    """One exam."""

    key: str
    person: str
    modality: str
    part: str
    part_code: str
    method: str
    days_ago: int
    at: time
    number: int
    images: Images
    reports: tuple[Version, ...] = ()


PEOPLE = {
    p.key: p
    for p in (
        Person("wang", "P00010001", "Wang^Xiuying=王^秀英", "王秀英", "GB18030", "F", date(1949, 12, 31),
               "11010519491231002X", "13800135678", "ZY26110007"),
        Person("ouyang", "P00010002", "欧阳志远", "欧阳志远", "GB18030", "M", date(1980, 1, 1),
               "34052419800101001X", "13911204321", "MZ26110142"),
        Person("aygul", "P00010003", "阿依古丽·买买提", "阿依古丽·买买提", "ISO_IR 192", "F", date(1991, 6, 17),
               "119901199106170025", "13700018642", "ZY26110031"),
        Person("zhangyan", "P00010004", "Zhang^Yan=张^䶮", "张䶮", "GB18030", "M", date(1972, 3, 8),
               "119901197203080014", "13600027790", "MZ26110155"),
        Person("baby", "P00010005", "李𬱟之女", "李𬱟之女", "ISO_IR 192", "F", None, "", "13500031188", "ZY26110044"),
        Person("smith", "P00010006", "Smith^John", "John Smith", "ISO_IR 100", "M", date(1975, 7, 4),
               "", "13400046021", "MZ26110163"),
        Person("zhao", "P00010007", "赵敏", "赵敏", "GB18030", "F", date(1988, 11, 2),
               "119901198811020028", "13300055519", "MZ26110171"),
        Person("zhou", "P00010008", "周国强", "周国强", "GB18030", "M", date(1963, 9, 21),
               "119901196309210038", "13200067702", "ZY26110052"),
    )
}  # fmt: skip
BABY_AGE_DAYS = 23


CHEST_FINDINGS = (
    "胸廓对称，气管居中，气管、支气管通畅。双肺纹理清晰，右肺上叶见一类圆形结节影（Se 2，Im 39），大小约 9 mm × 8 mm，"
    "边缘光整，密度均匀，平均 CT 值约 35 HU，未见明确钙化及空洞。余双肺未见明确实变及肿块影。\n"
    "双肺门不大，纵隔居中，纵隔内未见明显肿大淋巴结。心影大小、形态未见明显异常，主动脉走行自然，管壁未见明显钙化。\n"
    "双侧胸腔未见积液，胸膜未见增厚。所示胸廓诸骨骨质连续，未见明确骨质破坏征象。\n"
    "扫描所及上腹部：肝脏形态、大小正常，边缘光整，实质密度均匀；脾脏不大；胃腔内可见气液平面。"
)
CHEST_DETAILS = (
    "重建与分叶所见：\n"
    "右肺上叶：尖段、后段支气管通畅，前段见上述结节，未见分叶、毛刺及胸膜牵拉，邻近胸膜未见增厚。\n"
    "右肺中叶：内、外侧段支气管通畅，肺实质内未见异常密度影。\n"
    "右肺下叶：背段及各基底段支气管通畅，后基底段见少许坠积样密度增高影，俯卧位可消散。\n"
    "左肺上叶：尖后段、前段及舌段支气管通畅，肺实质内未见异常密度影。\n"
    "左肺下叶：背段及各基底段支气管通畅，肺实质内未见异常密度影。\n"
    "气道：气管管径正常，隆突角未见增大，主支气管壁未见增厚。\n"
    "大血管：升主动脉管径约 33 mm，降主动脉管径约 25 mm，肺动脉干管径约 27 mm，均在正常范围。\n"
    "纵隔淋巴结：2R 组短径约 4 mm，4R 组短径约 6 mm，7 组短径约 7 mm，均未达肿大标准。\n"
    "肺门：双侧肺门结构清晰，未见明显肿大淋巴结及异常软组织影。\n"
    "胸膜与胸壁：胸膜光整，胸壁软组织未见异常，双侧腋窝未见明显肿大淋巴结。\n"
    "心脏与心包：心腔大小正常，心包未见增厚及积液，冠状动脉走行区未见明确钙化。\n"
    "甲状腺：所示双侧叶下极密度均匀，未见明确结节。\n"
    "脊柱与肋骨：胸椎序列自然，椎体边缘轻度骨质增生，肋骨未见骨折征象。\n"
    "上腹部：所示肝、脾、双侧肾上腺未见明确异常，胃腔充盈不佳。\n"
    "测量：结节体积约 0.30 mL；距最近胸膜约 14 mm；实性成分比例 100 %。"
)
CHEST_IMPRESSION = (
    "1. 右肺上叶小结节，考虑良性可能，建议 3 个月后复查 CT，与前片对比。\n"
    "2. 余胸部 CT 平扫未见明显异常。\n3. 请结合临床及其他检查。"
)
DR_FINDINGS = (
    "胸廓对称，双侧肋骨走行自然，骨质连续。双肺野清晰，肺纹理走行、分布正常，未见明确实质性病变。"
    "双肺门影不大，纵隔、气管居中。心影大小、形态正常，心胸比约 0.46。双侧膈面光整，肋膈角锐利。"
)
MR_FINDINGS = (
    "双侧大脑半球对称，右侧额叶深部白质见点片状长 T2 信号，FLAIR 呈高信号，直径约 8 mm。脑室系统大小、形态正常，"
    "中线结构居中。脑沟、脑裂未见明显增宽增深。双侧基底节区及丘脑未见明确异常信号。"
)
US_FINDINGS = (
    "肝脏形态大小正常，包膜光滑，实质回声均匀，右叶内见一无回声区，大小约 26 mm × 15 mm，边界清，后方回声增强。"
    "胆囊、胰腺、脾脏未见明显异常。CDFI：门静脉血流方向、速度正常。"
)

STUDIES = (
    Study("wang-ct", "wang", "CT", "胸部", "CHEST", "平扫", 1, time(9, 12), 17, chest_ct,
          (Version("VERIFIED", 5.2, CHEST_FINDINGS + "\n" + CHEST_DETAILS,
                   CHEST_IMPRESSION),)),
    Study("wang-dr", "wang", "DX", "胸部", "CHEST", "正侧位", 2, time(10, 40), 31,
          chest_dr(2300, 2048, 20, calibrated=True),
          (Version("VERIFIED", 2.1, DR_FINDINGS, "心肺膈未见明显异常。"),)),
    Study("ouyang-dr", "ouyang", "DX", "胸部", "CHEST", "正位", 4, time(15, 5), 8,
          chest_dr(2300, 2100, 30, calibrated=False, views=1, inverted=True),
          (Version("VERIFIED", 1.4, DR_FINDINGS, "心肺膈未见明显异常。"),
           Version("VERIFIED", 49.0, DR_FINDINGS + "左侧第 6 前肋骨皮质欠连续。",
                   "1. 左侧第 6 前肋可疑不全骨折，建议肋骨 CT 检查。\n2. 余胸片未见明显异常。\n"
                   "（修订：补充肋骨所见。）"))),
    Study("aygul-mr", "aygul", "MR", "头颅", "HEAD", "平扫", 0, time(8, 20), 5, brain_mr,
          (Version("UNVERIFIED", 0.6, MR_FINDINGS, "右侧额叶深部白质点片状异常信号，缺血灶可能，待审核。"),)),
    Study("zhangyan-us", "zhangyan", "US", "腹部", "ABDOMEN", "彩色多普勒", 6, time(11, 30), 22, abdomen_us,
          (Version("VERIFIED", 0.5, US_FINDINGS, "肝囊肿；余腹部超声未见明显异常。"),)),
    Study("baby-dr", "baby", "DX", "胸部", "CHEST", "正位", 3, time(16, 45), 3,
          chest_dr(2048, 2048, 60, calibrated=True, views=1),
          (Version("VERIFIED", 1.0, "新生儿胸片：双肺透亮度正常，纹理清晰，心影大小、形态正常，双侧膈面光整。",
                   "心肺膈未见明显异常。"),)),
    Study("smith-us", "smith", "US", "腹部", "ABDOMEN", "常规", 5, time(14, 10), 12, abdomen_us,
          (Version("VERIFIED", 0.7, "The liver is normal in size and shape, its echo texture even. A cyst of "
                   "26 mm x 15 mm lies in the right lobe.\nGallbladder, pancreas and spleen are unremarkable.",
                   "Simple cyst of the liver. No further finding.", structured=True),)),
    Study("zhao-dr", "zhao", "DX", "胸部", "CHEST", "正位", 0, time(8, 55), 41,
          chest_dr(2300, 2048, 70, calibrated=True, views=1)),
    Study("zhou-us", "zhou", "US", "腹部", "ABDOMEN", "彩色多普勒", 8, time(9, 25), 15, abdomen_us,
          (Version("VERIFIED", 0.9, US_FINDINGS, "肝内无回声区，请结合临床，到窗口咨询。"),)),
)  # fmt: skip
BY_KEY = {study.key: study for study in STUDIES}

# study, what the code holds, symbology, question, what to see
SLIPS = (
    ("wang-ct", "accession", "Code128", "id-last-six", "两份报告可以领取：胸部 CT 与胸片，可打印胶片",
     "two reports ready, CT and chest film; film on demand"),
    ("ouyang-dr", "url", "QRCode", "id-last-six", "报告已修订：旧版已打印，新版可再打印",
     "amended report: the old version was printed, the new one prints again"),
    ("aygul-mr", "patient", "Code128", "id-last-six", "报告书写中（初步报告，待审核）",
     "report still being written (preliminary)"),
    ("zhangyan-us", "accession", "Code128", "id-last-six", "报告已经打印过；生僻字姓名",
     "already printed; a rare character"),
    ("baby-dr", "visit", "Code128", "birth-date", "新生儿，无身份证：验证出生日期",
     "a baby without ID card: birth date is asked"),
    ("smith-us", "pairs", "QRCode", "birth-date", "外籍患者；结构化报告排版打印",
     "a foreigner; structured report is typeset"),
    ("zhao-dr", "accession", "Code128", "id-last-six", "只有影像，报告尚未开始", "images only, no report yet"),
    ("zhou-us", "accession", "Code128", "id-last-six", "报告被暂扣，请到窗口", "withheld: please go to the desk"),
)  # fmt: skip

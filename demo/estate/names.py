"""Names for an invented property group: its cities are real, everything and everybody in them is made up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from demo.estate.draws import labels, pick


@dataclass(frozen=True, slots=True)
class City:
    """A city with the letters its projects' codes begin with, and what weather it has."""

    letters: str
    name: str
    climate: str
    districts: tuple[str, ...]


CITIES: Final = (
    City("HZ", "杭州", "east", ("余杭区", "滨江区", "萧山区", "临平区")),
    City("CD", "成都", "west", ("武侯区", "双流区", "龙泉驿区", "郫都区")),
    City("XA", "西安", "north", ("雁塔区", "灞桥区", "长安区", "未央区")),
    City("SZ", "苏州", "east", ("吴中区", "相城区", "吴江区", "虎丘区")),
    City("QD", "青岛", "north", ("崂山区", "城阳区", "市北区", "黄岛区")),
    City("FS", "佛山", "south", ("南海区", "顺德区", "禅城区", "三水区")),
    City("WH", "武汉", "east", ("江夏区", "洪山区", "东西湖区", "蔡甸区")),
    City("ZZ", "郑州", "north", ("金水区", "中原区", "惠济区", "管城回族区")),
    City("CS", "长沙", "south", ("岳麓区", "望城区", "雨花区", "开福区")),
    City("NJ", "南京", "east", ("江宁区", "栖霞区", "浦口区", "雨花台区")),
    City("HF", "合肥", "east", ("蜀山区", "包河区", "庐阳区", "瑶海区")),
    City("TJ", "天津", "north", ("津南区", "西青区", "北辰区", "东丽区")),
)

DEVELOPER: Final = "安屿置业集团有限公司"
PROPERTY_COMPANIES: Final = ("安屿物业服务有限公司", "屿邻生活服务有限公司")

PROJECT_HEADS: Final = (
    "云岫",
    "听溪",
    "拾光",
    "澜屿",
    "砚湖",
    "栖枫",
    "墨染",
    "沐川",
    "望麓",
    "知夏",
    "晴澜",
    "悦岚",
    "观屿",
    "枕溪",
    "怀谷",
    "疏桐",
    "映月",
    "朝露",
    "青峤",
    "隐泉",
)
PROJECT_TAILS: Final = ("雅苑", "华庭", "府", "公馆", "里", "花园", "天境", "名邸")

SUPPLIERS: Final = (
    "霁川建材有限公司",
    "峤岳五金制品有限公司",
    "澍禾新材料有限公司",
    "垚峰卫浴有限公司",
    "砚泽电气有限公司",
    "岚木家居有限公司",
    "沧屿防水科技有限公司",
    "泓垣暖通设备有限公司",
)

_CONTRACTOR_WORDS: Final = (
    "岚峤",
    "澍衡",
    "垚川",
    "砚泽",
    "霖屿",
    "泓垣",
    "峻澜",
    "荃安",
    "昀筑",
    "珩固",
    "栎原",
    "稷匠",
    "浔筑",
    "钧岱",
    "朔匠",
    "湛筑",
    "璟垣",
    "榆匠",
    "沅固",
    "崧筑",
    "晟峤",
    "邺匠",
    "洵筑",
    "琢原",
    "嵘垣",
    "桓匠",
    "涵峤",
    "茗筑",
    "淳垣",
    "骁筑",
)
_CONTRACTOR_KINDS: Final = {
    "waterproofing": "防水工程有限公司",
    "plumbing": "机电安装有限公司",
    "electrical": "智能科技有限公司",
    "masonry": "建设集团有限公司",
    "carpentry": "门窗幕墙有限公司",
    "finishing": "建筑装饰有限公司",
    "equipment": "暖通设备工程有限公司",
    "lift": "电梯服务有限公司",
}

_SURNAMES: Final = tuple(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高梁郑谢宋唐许韩邓冯曹彭曾萧田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢"
    "姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常"
)
_GIVEN_FIRST: Final = tuple(
    "子雨欣思佳梓浩宇一俊诗嘉文明志建国玉海晓春秀丽永立德光正家天瑞泽沐景承书乐若可安雅静清凤振学新"
)
_GIVEN_LAST: Final = tuple(
    "涵轩怡琪豪然杰妍宁辰博彤航琳强伟芳娜军敏洋艳勇磊霞平刚桂英华兰玲梅红波峰燕丹宏鹏慧颖雪莹晨瑶萱"
)


def contractor_name(position: int, trade: str) -> str:
    """The name of a company of that trade; positions beyond the list of words get a numbered branch."""
    word = _CONTRACTOR_WORDS[position % len(_CONTRACTOR_WORDS)]
    branch = "" if position < len(_CONTRACTOR_WORDS) else f"第{position // len(_CONTRACTOR_WORDS) + 1}分公司"
    return f"{word}{_CONTRACTOR_KINDS[trade]}{branch}"


def person_names(rng: np.random.Generator, count: int) -> pl.Series:
    """Chinese names of two or three characters; frequent surnames come first in the list and oftener."""
    frequency = [1.0 / (rank + 8.0) for rank in range(len(_SURNAMES))]
    surname = labels(_SURNAMES, pick(rng, frequency, count))
    middle = labels((*_GIVEN_FIRST, ""), pick(rng, [1.0] * len(_GIVEN_FIRST) + [0.25 * len(_GIVEN_FIRST)], count))
    last = labels(_GIVEN_LAST, rng.integers(0, len(_GIVEN_LAST), count))
    return (surname + middle + last).alias("name")


def phone_numbers(rng: np.random.Generator, count: int) -> pl.Series:
    """Distinct mobile numbers under 160, a prefix that belongs to no network, so that nobody can be called."""
    # An affine map modulo a power of ten is one to one, so no number comes twice.
    start = int(rng.integers(0, 10**8))
    scattered = (np.arange(count, dtype=np.int64) * 61_803_399 + start) % 10**8
    return "160" + pl.Series(scattered).cast(pl.String).str.zfill(8)

"""Chinese comments: does a clause say what code is to do?

Core: characters only; no word list of the language is needed, for the verbs of instructions are few. A clause asks
when it begins with such a verb, has one behind its preposition ("把 data 画成饼图", "按 id 去重"), or ends in one
("权重统计"). A clause that a verb only describes ("要执行的函数名称", "是否显示圆角") asks for nothing.
"""

import re
from typing import Final

from abacus_lsp.intent import english
from abacus_lsp.intent.chinese_verbs import VERBS

_VERBS: Final = VERBS
# One character is a verb only before what cannot be the rest of a word: a blank, Latin letters, a number, "一个".
_ALONE: Final = r"(?:求|取|画|查|读|写|转|去|用|算|加|删|改|设|建|存|发|找|补|留)(?=[\sA-Za-z0-9`「“一出到入两两每所这该其上下中最])|转(?=[整字数浮布列大小日十二八]\S)"
_VERB: Final = re.compile(
    rf"(?:{_VERBS}|选中|确定|作为|试用|预览|左移|右移|上移|下移|优先取|优先用)(?!的|器|者|人|员|率|符|机|性|中|(?:失败|成功|完成|结束|错误|异常)(?:的|时|后|$)|时(?!间))|{_ALONE}"
)
_AGAIN: Final = re.compile(
    r"(?:to-?do|fixme)\b[\s:：-]*|第[一二三四五六七八九十\d]+步[\s:：,，、]*|步骤\s*[一二三四五六七八九十\d]+[\s:：,，、.]*"
    r"|[（(]?[\d一二三四五六七八九十]+(?:\.\d+)*[)）、.:：]\s*|[-*•·]\s*|[（(\[【][^）)\]】]*[）)\]】]\s*"
    r"|先|也|一直|不断|反[复覆]地?|不停地?|第一件事是|同样|所以|因此|于是|继续|随机|立即|立刻|马上|强行|原样|原地|按需|逐层|并行|循环(?=[\u3400-\u9fff]{3})|反[复覆]|多次|每次|一起|那么|再次|再|然后|首先|最后|最终|接着|接下来|随后|其次|之后|并且|并|同时|直接|动态|静态|自动|实时|定期|定时|提前|事先|最多|至多|至少|顺便|临时|持续|逐步|手动|手工|首次|重新|统一|分别|依次|逐个|逐一|逐行|"
    r"[A-Za-z_]\w*\s+(?=必须|需要|应该|应当)|尽量|必须|需要先|需先|需要|需|应该|应|请(?!求)|要|则|就|否则|从而|以便|仅|只|批量|递归|初步|完整|强制|"
    r"主动|异步|这里|此处|此方法|该方法|该函数|此函数|本函数|函数|方法|全部|都|均|会|一次性|快速|简单|在线|优先|"
    r"尝试|帮我|给我|写一个函数[，,]?|写个函数[，,]?|用来|用于|单独|另行|额外|进行",
    re.IGNORECASE,
)
_BEHIND: Final = re.compile(
    rf"(?:{_VERBS}|表示|代替|区别|为准|存取)(?!的)|{_ALONE}|(?<![阅抄编描保缓录绘检搜收开出所获])[读写取画查算删存发]$"
)
_PREPOSITION: Final = re.compile(
    r"(?:将(?!来)|把(?!手)|对(?!象|应|话|齐|比|数|角|称)|从(?!而|属|不)|用(?!户|法|途|例|量|于)|按(?!钮|键)|根据|依据|为(?!空|了|什么|何|0|1)|"
    r"给(?!定)|向(?!量)|针对|通过|使用|利用|基于|以(?!下|上|前|后|及|外|便|免)|由(?!于)|在(?!线)|跟(?!随)|当(?!前|天|日|月|年)|如果|如(?!下|图)|若|"
    r"每(?!日|天|股)|于|到(?!期)|至(?!少|多|今)|遇到|所有|没有|没|有(?!效|限|序)|只有|直到)"
)
_ORDERED: Final = re.compile(
    rf"[^的是，,]{{1,8}}(?:按照?|根据|依照)[^的，,]{{1,16}}(?:{_VERBS})$"
)  # "结果按时间从小到大排序"
_SIGNS: Final = re.compile(r"[^\w\s（()【\[「『《<“\"'`*•·-]+\s*")  # "🛠 TODO", "★ …"
# What follows from a condition asks, whatever the clause begins with: "不一致则删除", "没有时按默认的路径读取".
_THEN: Final = re.compile(
    rf"(?:则|就|便|即(?!可|使|将)|按照?|根据|改由|需要(?!先)|必须|应当|应该)(?:[^，,]{{0,12}}?的[^，,]{{1,6}}?|直接|先|再|要|需要?|自动|重新|继续)?(?:{_VERBS})(?!的|器|者|人)"
)
_MAKES: Final = re.compile(r"(?:使(?!用)得?|让|令(?!牌))(?!人)[^的]{3,}$")  # "使 body 脱离文档流"
_PENDING: Final = re.compile(rf"\s*(?:to-?do|fixme)\b.*(?:待|尚未|还没)(?:{_VERBS})$", re.IGNORECASE)
_TRANSFERS: Final = re.compile(r"(?:上传|下载|导出|导入)(?:文件|数据|图片|列表|内容|结果|目录|模型)$")
_IS: Final = re.compile(r"(?!确保|保证|检查|判断|判定|验证|校验)[^，,]{0,8}是(?!否)")
_BECOMES: Final = re.compile(
    r"(?:(?:传入|输入|给定|接收|接受)[^，,]{1,16}(?:返回|得到|输出|计算)|[^的是]{1,16}?(?:转换成|转换为|转化为|转为|转成|转|改为|改成|替换为|替换成|统一为|统一成|归一化为|设为|设置为|置为|调整为|合并为|"
    r"拆分为|拆成|切分为|切分成|切成|分为|分成|解析为|解析成|编码为|解码为|保存为|存为|存到|存入|映射到|映射为|对应到|对应成|记为|换成|变为|移到|放到|写入|加到))(?=[\s\w\u3400-\u9fff])"
)
_NOT: Final = re.compile(
    r"(?:[^，,]{0,6}(?:发生|变化时|(?<!时)改变|已被|不同|一致|叫做|属于|指的|风格)|是否|注意|注[:：]|说明|参考|参见|详见|见|例如|例[:：]|比如|因为|由于|目前|暂时|暂不|已经|默认|主要|为了|为空|只支持|支持|适用|已|未|没|不|无需|无法|无|可|"
    r"所|待|被|正在|兼容|保留兼容|废弃|版权|作者|该|这是|这个|这些|此|其|上面|下面|以上|以下|以免|存放|当前|原|旧|新|默认值|"
    r"要[^，,。]*的)"
)
_PARTICIPLES: Final = re.compile(
    r"(?:匹配|执行|选中|使用|保存|显示|缓存|配置|设置(?=[项值])|设置的|默认|触发|展示|隐藏|加载中|选择|指定|传入|返回|用|输出|支持|自定义|请求|上传|下载|"
    r"填充|存储|渲染|滚动|移动|查询|搜索|排序|筛选|加载|登录|取消|测试|导出|导入|取消|确认|提示|通知|关闭|打开|表示|记录|控制|绑定|编辑|分页)"
)
_HEADS: Final = re.compile(
    rf"^(?:{_PARTICIPLES.pattern})的|的(?:正则表达式|函数|方法|常量|变量|接口|类|颜色|样式|名称)$"
)
_THINGS: Final = re.compile(
    r"(?:[\u3400-\u9fff]{0,4})(?:颜色|文案|名称|按钮|样式|参数|配置|组件|标题|图标|时间|状态|类型|数据|信息|文件|内容|列表|索引|选项|"
    r"目录|路径|位置|函数|方法|接口|常量|变量|结果|次数|数量|值|区域|框|栏|器|键|项|码|号|表|页|条|层|线|量|率|式|区|类|库|缓存|模块|部分|逻辑|事件|消息|"
    r"ID|id|API|url|URL)(?:[（(].*)?$"
)
_OBJECT: Final = re.compile(
    r"(?:一下)?(?:当前|所有|全部|全局|每个|每一|这个|这些|该|一个|新的?|指定|对应|相应|相关|其他|其它|剩余|多个|第|下一|上一)(?!的?$)"
)
_DOING: Final = re.compile(
    rf"[^的是，,：:\s（(]{{1,10}}?(?:{_VERBS})(?!的|器|者|人|员|率|符|机|性|后|时|中|前|失败|成功|完成|异常|错误)(?=[^的]{{2,}}$)"
)  # "url拼接页码等参数"
_LATIN: Final = re.compile(r"([A-Z][a-z]{2,})\s*(?=[\u3400-\u9fff])")
_KIND: Final = re.compile(rf"(?:{_VERBS})[\u3400-\u9fff]{{0,2}}(?:模块|器|相关|部分|逻辑)")
_WHEN: Final = re.compile(
    r"[^，,的]{1,12}(?:时(?!间|长|候|区|刻)|的时候|之后|后(?!面|缀|端)|情况下)[，, ]*(?=\S)"
)
_DOES: Final = re.compile(
    rf"(?:直接|应该|应当|最后|随后|然后|强制)(?:先|再)?(?:{_VERBS})(?!的)|(?<!的)[补填置][0零空]|(?:进行|做一次|做一下|做)\s*(?:[\u3400-\u9fff]{{0,4}}(?:{_VERBS})|[A-Za-z]{{3,}})|(?<![缓保储库抄编描阅开所])(?:写|读|查|算|画|发|存|取|删|改|建)(?:缓存|文件|日志|数据|配置|数据库|结果|消息|图|表|出|入|回|掉)|(?:{_VERBS})一下"
)
_FEW: Final = 4  # of one whose verb hardly ever describes: "渲染标签栏"
_ACTS: Final = re.compile(
    "渲染|上传|下载|加载|打开|关闭|导出|导入|登录|保存|填充|显示|隐藏|展示|搜索|筛选|取消"
)
_SHORT: Final = 8  # characters of a heading: a longer one that ends in such a noun has an object of its own
_ENDING: Final = re.compile(
    rf"(?<!的)(?!缓存|记录|配置(?!添加)|表示|使用|显示|提示|通知|测试|请求|组合|映射|标记|声明|定义|监听|回调|随机|输出|返回|支持|控制|管理|"
    rf"查|写|读|转|求|取|画|去|用|把|将|完成|开始|播放|分页|指定|约束|选择|限制|维护|提交|定位|循环|递归|扩展|接口)(?:{_VERBS})(?:操作|一下|工作)?$"
)
_TAIL: Final = 14  # characters of a clause that is a noun and its verb
_MARKED: Final = re.compile(r"\s*(?:to-?do|fixme)\s*[:：]\s*", re.IGNORECASE)
_CLAUSE: Final = re.compile(r"[，,。；;！!？?：:\n]+|\s*(?:——|--|->|→)\s*|\s+(?=需要|应该)")
_LINES: Final = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])|(?<=[A-Za-z])\s+(?=[将把])")  # joined
_GLOSS: Final = re.compile(r"[（(][^（）()]*[）)]?\s*$")


def asks(sentence: str) -> bool:
    """Whether a sentence without comment marks, in simplified characters (`traditional`), says what code is to do."""
    clauses = [clause.strip() for clause in _CLAUSE.split(_MARKED.sub("", sentence)) if clause.strip()]
    if _PENDING.match(sentence):
        return True
    parts = [part for clause in clauses[:2] for part in _LINES.split(clause)[1:]]
    return any(_asks(clause, first=number == 0) for number, clause in enumerate(clauses[:6])) or any(
        _asks(part, first=False) for part in parts
    )


def _asks(clause: str, *, first: bool) -> bool:
    text = _GLOSS.sub("", clause).strip() or clause
    if _THEN.search(text) or _MAKES.match(text):
        return True
    if text.endswith(("吗", "呢")) or (_NOT.match(text) and not _AGAIN.match(text)):
        return False
    bare = _led(text)
    if _NOT.match(bare):
        return False
    verb = _VERB.match(bare)
    if _IS.match(bare) and (first or verb is not None):
        return False
    if verb is not None and verb.end() < len(bare) and not _names(bare, short=first):
        return True
    if _DOING.match(bare) and not _HEADS.search(bare):
        return True
    latin = _LATIN.match(bare)
    if latin is not None and english.asks(f"{latin[1]} it"):
        return True
    return _inside(text, bare) or ((first or verb is not None) and _ends(bare))


def _inside(text: str, bare: str) -> bool:
    """The verb stands behind what is changed, when it happens, or what it is done with."""
    when = _WHEN.match(bare)
    if when is not None and _VERB.match(_led(bare[when.end() :])):
        return True
    if _DOES.search(text) and "的" not in bare:
        return True
    if text.startswith(("用于", "用来")) and _VERB.search(bare):
        return True
    if _HEADS.search(bare):
        return False
    preposition = _PREPOSITION.match(bare)
    behind = preposition is not None and _BEHIND.search(bare, preposition.end()) is not None
    return behind or _BECOMES.match(bare) is not None or _ORDERED.match(bare) is not None


def _ends(bare: str) -> bool:
    """A noun and its verb: "权重统计"."""
    return len(bare) <= _TAIL and _ENDING.search(bare) is not None and "的" not in bare


def _names(text: str, *, short: bool) -> bool:
    """The verb at the start describes the noun at the end: "选中的颜色", "测试数据", "匹配 … 的正则表达式"."""
    if short and len(text) <= _SHORT and _KIND.fullmatch(text):
        return True
    described = _PARTICIPLES.match(text)
    if described is None or _TRANSFERS.match(text) or _OBJECT.match(text, described.end()):
        return False
    if _HEADS.search(text):
        return True
    longest = _FEW if _ACTS.match(text) else _SHORT
    return short and len(text) <= longest and _THINGS.fullmatch(text) is not None and " " not in text


def _led(text: str) -> str:
    """Without numbers and adverbs in front of the verb, as long as something follows them."""
    for _ in range(5):
        match = _AGAIN.match(text) or _SIGNS.match(text)
        if not match or match.end() >= len(text):
            break
        text = text[match.end() :].lstrip(" ，,：:")
    return text

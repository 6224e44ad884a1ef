"""Chinese comments: does a clause say what code is to do?

Core: characters only; no word list of the language is needed, for the verbs of instructions are few. A clause asks
when it begins with such a verb, has one behind its preposition ("把 data 画成饼图", "按 id 去重"), or ends in one
("权重统计"). A clause that a verb only describes ("要执行的函数名称", "是否显示圆角") asks for nothing.
"""

import re
from typing import Final

_VERBS: Final = (
    "获取|读取|写入|写出|保存|存储|加载|载入|导入|导出|下载|上传|打开|关闭|创建|新建|建立|生成|构造|构建|构成|初始化|计算|求解|求|"
    "统计|汇总|累加|累计|相加|排序|去重|过滤|筛选|查找|查询|搜索|检索|匹配|替换|删除|移除|清除|清空|清理|清洗|添加|增加|"
    "追加|插入|合并|拼接|连接|拆分|分割|切分|切割|截取|提取|抽取|抽样|采样|解析|解码|编码|加密|解密|转换|转化|转为|转成|"
    "转|格式化|归一化|标准化|序列化|反序列化|压缩|解压|校验|验证|检查|检测|检验|判断|判定|判别|比较|对比|确认|确保|保证|返回|输出|"
    "打印|显示|隐藏|展示|展开|收起|折叠|绘制|画|渲染|更新|刷新|修改|修正|调整|设置|配置|设定|指定|定义|声明|注册|注销|绑定|"
    "解绑|监听|订阅|取消|触发|调用|执行|运行|启动|开启|停止|暂停|恢复|继续|跳过|忽略|处理|遍历|循环|迭代|递归|发送|接收|请求|"
    "推送|推断|推导|预测|训练|评估|测试|模拟|填充|补全|补齐|补充|对齐|翻转|反转|旋转|缩放|裁剪|移动|复制|拷贝|交换|重命名|"
    "重置|重试|重新|重采样|记录|缓存|释放|销毁|卸载|安装|登录|登陆|登出|连上|断开|等待|捕获|抛出|报错|提示|通知|弹出|跳转|切换|选择|选取|选出|"
    "取出|取得|取|找到|找出|得到|拿到|算出|区分|分组|聚合|映射|赋值|传递|传入|限制|避免|防止|禁用|启用|使用|采用|利用|支持|"
    "实现|完成|开始|准备|优化|标记|标注|识别|降维|平滑|插值|滚动|定位|回测|下单|撤单|平仓|开仓|买入|卖出|提交|回滚|同步|"
    "广播|部署|克隆|包装|封装|整理|规范化|翻译|分词|分析|剔除|丢弃|去掉|去除|去|改名|改为|改成|变为|变成|用于|包裹|阻止|还原|"
    "自定义|兜底|归档|扫描|收集|采集|爬取|抓取|冒泡|排列|组合|申请|维护|挂载|拦截|播放|分页|提升|降低|缩小|放大|表示|"
    "注入|启停|优先选择|替代|约束|控制|管理|拉取|回调|读|写|写一个|编写|开发|列出|枚举|举出|统一|尝试|查表|查|用|把|将|"
    "添加到|追溯|提供|引入|引用|复用|沿用|回退|退出|终止|移到|放到|放入|存入|转发|复原|归并|打乱|随机|上报|展平|扩展|扩充|加上|减去|乘以|除以"
)
_VERB: Final = re.compile(rf"(?:{_VERBS})")
_AGAIN: Final = re.compile(
    r"(?:to-?do|fixme)\b[\s:：-]*|第[一二三四五六七八九十\d]+步[\s:：,，、]*|步骤\s*[一二三四五六七八九十\d]+[\s:：,，、.]*"
    r"|[（(]?[\d一二三四五六七八九十]+(?:\.\d+)*[)）、.:：]\s*|[-*•·]\s*|[（(\[【][^）)\]】]*[）)\]】]\s*"
    r"|先|再|再次|然后|首先|最后|最终|接着|接下来|随后|其次|之后|并且|并|同时|直接|默认|自动|手动|手工|首次|重新|统一|分别|依次|逐个|逐一|逐行|"
    r"尽量|必须|需要先|需先|需要|需|应该|应|请|要|则|就|否则|从而|以便|以|来|去|仅|只|批量|循环|递归|随机|初步|完整|强制|"
    r"主动|异步|同步|这里|此处|此方法|该方法|该函数|此函数|本函数|函数|方法|全部|都|均|会|可以|一次性|快速|简单|在线|优先|"
    r"尝试|帮我|给我|写一个函数[，,]?|写个函数[，,]?|用来|用于|单独|另行|额外|进行",
    re.IGNORECASE,
)
_PREPOSITION: Final = re.compile(
    r"(?:将|把|对|从|用|按照|按|根据|依据|为|给|向|针对|通过|使用|利用|基于|以|由|在|与|和|跟|当|如果|如|若|每|于|到|至|遇到|"
    r"当前|所有|没有|有|先对)"
)
_NOT: Final = re.compile(
    r"(?:是否|注意|注[:：]|说明|参考|参见|详见|见|例如|例[:：]|比如|因为|由于|目前|暂时|暂不|已经|已|未|没|不|无需|无法|无|可|"
    r"所|待|被|正在|兼容|保留|废弃|版权|作者|该|这是|这个|这些|此|其|上面|下面|以上|以下|以免|存放|当前|原|旧|新|默认值|"
    r"要[^，,。]*的)"
)
_PARTICIPLES: Final = re.compile(
    r"(?:匹配|执行|选中|使用|保存|显示|缓存|配置|设置|默认|触发|展示|隐藏|处理|选择|指定|传入|返回|用|输出|支持|自定义|请求|上传|下载|"
    r"滚动|移动|查询|搜索|排序|筛选|更新|加载|登录|测试|导出|导入|取消|确认|提示|通知|关闭|打开|表示|记录|统计|控制|绑定|编辑|分页)"
)
_HEADS: Final = re.compile(
    rf"^(?:{_PARTICIPLES.pattern})的|的(?:正则表达式|函数|方法|常量|变量|接口|类|颜色|样式|名称)$"
)
_THINGS: Final = re.compile(
    r"(?:[\u3400-\u9fff]{0,4})(?:颜色|文案|名称|按钮|样式|参数|配置|组件|标题|图标|时间|状态|类型|数据|信息|文件|内容|列表|索引|选项|"
    r"函数|方法|接口|常量|变量|结果|次数|数量|值|区域|框|栏|器|键|项|码|号|表|页|条|层|线|量|率|式|区|类|库|缓存|模块|部分|逻辑|事件|消息|"
    r"ID|id|API|url|URL)(?:[（(].*)?$"
)
_SHORT: Final = 8  # characters of a heading: a longer one that ends in such a noun has an object of its own
_ENDING: Final = re.compile(
    rf"(?<!的)(?!缓存|记录|配置|设置|表示|使用|显示|提示|通知|测试|请求|组合|映射|标记|声明|定义|监听|回调|随机|输出|返回|支持|控制|管理|"
    rf"查|写|读|转|求|取|画|去|用|把|将|完成|开始|播放|分页|指定|约束|选择|限制|维护|提交|定位|循环|递归|扩展|接口)(?:{_VERBS})(?:操作|一下|工作)?$"
)
_TAIL: Final = 10  # characters of a clause that is a noun and its verb
_CLAUSE: Final = re.compile(r"[，,。；;！!？?：:\n]+|\s*(?:——|--|->|→)\s*")
_GLOSS: Final = re.compile(r"[（(][^（）()]*[）)]?\s*$")


def asks(sentence: str) -> bool:
    """Whether a sentence without comment marks says what code is to do."""
    clauses = [clause.strip() for clause in _CLAUSE.split(sentence) if clause.strip()]
    return any(_asks(clause, first=number == 0) for number, clause in enumerate(clauses[:4]))


def _asks(clause: str, *, first: bool) -> bool:
    text = _GLOSS.sub("", clause).strip() or clause
    if text.endswith(("吗", "呢", "?", "？")) or (_NOT.match(text) and not _AGAIN.match(text)):
        return False
    bare = _led(text)
    if _NOT.match(bare):
        return False
    verb = _VERB.match(bare)
    if verb is not None and verb.end() < len(bare) and not _names(bare, short=first):
        return True
    if text.startswith(("用于", "用来")) and _VERB.search(bare):
        return True
    preposition = _PREPOSITION.match(bare)
    if preposition is not None and _VERB.search(bare, preposition.end()) and not _HEADS.search(bare):
        return True
    if not first and verb is None:
        return False
    return len(bare) <= _TAIL and _ENDING.search(bare) is not None and "的" not in bare


def _names(text: str, *, short: bool) -> bool:
    """The verb at the start describes the noun at the end: "选中的颜色", "测试数据", "匹配 … 的正则表达式"."""
    if not _PARTICIPLES.match(text):
        return False
    if _HEADS.search(text):
        return True
    return short and len(text) <= _SHORT and _THINGS.fullmatch(text) is not None and " " not in text


def _led(text: str) -> str:
    """Without numbers and adverbs in front of the verb, as long as something follows them."""
    for _ in range(5):
        match = _AGAIN.match(text)
        if not match or match.end() >= len(text):
            break
        text = text[match.end() :].lstrip(" ，,：:")
    return text

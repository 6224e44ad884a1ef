"""Chinese comments: does a clause say what code is to do?

Core: characters only; no word list of the language is needed, for the verbs of instructions are few. A clause asks
when it begins with such a verb, has one behind its preposition ("把 data 画成饼图", "按 id 去重"), or ends in one
("权重统计"). A clause that a verb only describes ("要执行的函数名称", "是否显示圆角") asks for nothing.
"""

import re
from typing import Final

_VERBS: Final = (
    "优先选择|反序列化|初始化|序列化|归一化|标准化|格式化|自定义|规范化|重命名|重定向|重采样|预加载|预处理|上传|上报|上移|下单|下移|下载|丢弃|中断|举出|乘以|买入|交换|代理|"
    "休眠|优化|传递|估算|估计|使用|保存|保留|保证|修剪|修复|修改|修正|修补|修订|倒序|停止|允许|充值|克隆|兜底|入栈|入队|关掉|关联|关闭|兼并|冒泡|写入|写出|写到|写成|"
    "准备|减去|减小|减少|出栈|出队|分割|分发|分块|分摊|分析|分片|分类|分组|分词|分配|分页|切分|切割|切换|切片|列举|列出|创建|删除|判别|判定|判断|判重|利用|刷新|削弱|"
    "前移|剔除|剪枝|加上|加入|加密|加工|加快|加权|加载|加速|加锁|包装|包裹|匹配|区分|升级|卖出|卷积|卸载|压入|压平|压缩|去掉|去重|去除|反转|发出|发布|发起|发送|取余|"
    "取出|取反|取得|取整|取模|取消|变为|变成|变换|变更|叠加|合并|同步|后移|启停|启动|启用|告警|唤起|唤醒|回填|回收|回测|回滚|回调|回退|埋点|填充|填补|增删|增加|增大|"
    "增强|声明|处理|备份|复位|复制|复原|复用|存储|存入|安装|定义|定位|实现|审核|容错|对比|对齐|导入|导出|封装|尝试|居中|屏蔽|展平|展开|展示|嵌入|带上|平仓|平滑|平移|"
    "广播|延时|建好|建立|开仓|开发|开启|引入|引发|引用|弹出|弹窗|归并|归档|归类|归还|归零|得到|微调|忽略|恢复|截取|截图|截断|打乱|打分|打包|打印|打平|打开|打断|扣减|"
    "扣款|扣除|执行|扩充|扩展|扫描|找出|找到|抓取|折叠|折算|抛出|报错|抵消|抹去|抽取|抽样|拆分|拉伸|拉取|拉起|拒绝|拖动|拟合|拦截|拷贝|拼出|拼成|拼接|拿到|挂起|挂载|"
    "指定|挑出|挑选|捕获|换成|换算|换行|授权|排列|排序|排除|接收|控制|推入|推导|推断|推算|推进|推送|描边|提交|提供|提升|提取|提示|提醒|提高|插值|插入|搜索|搭建|撑开|"
    "撤单|撤销|播放|撮合|擦除|收敛|收紧|收起|收集|改为|改写|改动|改变|改名|改成|放入|放到|放大|放宽|放弃|放慢|放行|整理|断开|新建|旋转|映射|显示|暂停|更新|替代|替换|"
    "构建|构造|枚举|查出|查到|查找|查表|查询|查重|查错|标注|标记|校准|校正|校验|核对|检查|检测|检索|检验|模拟|比对|比较|求值|求出|求和|求导|求最|求解|汇总|汇报|池化|"
    "沿用|注入|注册|注销|注音|洗牌|派发|派生|测试|添加|清洗|清理|清空|清算|清除|清零|渲染|滚动|熔断|爬取|生成|生效|用于|申请|画出|画成|留出|登出|登录|登记|登陆|监听|"
    "相加|矫正|确保|确认|禁用|移到|移动|移除|等待|筛选|算出|管理|累乘|累加|累积|累计|纠正|纠错|约束|组合|组装|终止|绑定|结合|结算|绘制|统一|统计|继承|续费|维护|缓存|"
    "编写|编码|编译|缩小|缩放|缩进|置空|置零|翻译|翻转|聚合|聚类|自减|自增|节流|获取|补上|补位|补充|补全|补零|补齐|裁剪|覆盖|解包|解压|解密|解析|解码|解绑|解锁|解除|"
    "触发|计算|订阅|认证|训练|记录|设定|设置|评价|评估|评分|识别|请求|读入|读出|读到|读取|调整|调用|赋值|跳转|跳过|转为|转义|转动|转化|转发|转存|转成|转换|转码|转移|"
    "转置|轮询|载入|输出|迁移|过滤|运行|返回|还原|连上|连接|连线|迭代|追加|追溯|退出|退款|逆序|选出|选取|选择|逐个|递减|递增|递归|通知|造句|遍历|避免|部署|配置|采样|"
    "采用|采集|释放|重做|重写|重建|重构|重置|重试|重载|量化|鉴权|铺满|铺设|销毁|锁定|防抖|防止|阻止|附上|附加|降低|降级|降维|限制|限流|限速|除以|隐藏|预测|预热|预留|"
    "验签|验证|高亮|拆解|拆包|拼装|组包|解压缩|挂单|建仓|调仓|补发|抽象|合成|合计|写回|取回|取值|取代|摘取|剥离|剪切|截短|滤除|滤掉|滤波|去噪|缩短|扩大|拉长|对调|互换|翻页|跳出|跳到|进入|离开|重启|杀掉|杀"
    "死|唤出|询问|告知|告诉|报告|汇集|集成|整合|融合|混合|混淆|撤回|撤掉|挪到|挪动|调低|调高|推迟|延迟|延长|保持|维持|托管|投递|投影|下发|下推|分离|分开|隔离|拆开|打标|补偿|订正|推荐|留下|划分|切掉|抑制|捕捉|伪造|冻结|解冻|抵扣|转账|走查|套用|照搬|省略|省去|借助|新增|带入|代入|套入|剔出|抠出|抠图|贴上|贴到"
)
# One character is a verb only before what cannot be the rest of a word: a blank, Latin letters, a number, "一个".
_ALONE: Final = r"(?:求|取|画|查|读|写|转|去|用|算|加|删|改|设|建|存|发|找|补|留)(?=[\sA-Za-z0-9`「“一出到入两两每所这该其上下中最])"
_VERB: Final = re.compile(
    rf"(?:{_VERBS}|选中|确定|作为|试用|预览|左移|右移|上移|下移|优先取|优先用)(?!的|器|者|人|员|率|符|机|性|失败|成功|中|完成|结束|错误|异常|时(?!间))|{_ALONE}"
)
_AGAIN: Final = re.compile(
    r"(?:to-?do|fixme)\b[\s:：-]*|第[一二三四五六七八九十\d]+步[\s:：,，、]*|步骤\s*[一二三四五六七八九十\d]+[\s:：,，、.]*"
    r"|[（(]?[\d一二三四五六七八九十]+(?:\.\d+)*[)）、.:：]\s*|[-*•·]\s*|[（(\[【][^）)\]】]*[）)\]】]\s*"
    r"|先|也|同样|所以|因此|于是|继续|随机|立即|立刻|马上|强行|原样|原地|按需|逐层|并行|循环|反复|多次|每次|一起|那么|再次|再|然后|首先|最后|最终|接着|接下来|随后|其次|之后|并且|并|同时|直接|动态|静态|自动|实时|定期|定时|提前|事先|最多|至多|至少|顺便|临时|持续|逐步|手动|手工|首次|重新|统一|分别|依次|逐个|逐一|逐行|"
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
_IS: Final = re.compile(r"(?!确保|保证|检查|判断|判定|验证|校验)[^，,]{0,8}是(?!否)")
_BECOMES: Final = re.compile(
    r"(?:(?:传入|输入|给定|接收|接受)[^，,]{1,16}(?:返回|得到|输出|计算)|[^的是]{1,16}?(?:转换成|转换为|转化为|转为|转成|转|改为|改成|替换为|替换成|统一为|统一成|归一化为|设为|设置为|置为|调整为|合并为|"
    r"拆分为|拆成|切分为|切分成|切成|分为|分成|解析为|解析成|编码为|解码为|保存为|存为|存到|存入|映射到|映射为|记为|换成|变为|移到|放到|写入|加到))(?=[\s\w\u3400-\u9fff])"
)
_NOT: Final = re.compile(
    r"(?:[^，,]{0,6}(?:发生|变化时|改变|已被|不同|一致|叫做|属于|指的|风格)|是否|注意|注[:：]|说明|参考|参见|详见|见|例如|例[:：]|比如|因为|由于|目前|暂时|暂不|已经|默认|主要|为了|为空|只支持|支持|适用|已|未|没|不|无需|无法|无|可|"
    r"所|待|被|正在|兼容|保留兼容|废弃|版权|作者|该|这是|这个|这些|此|其|上面|下面|以上|以下|以免|存放|当前|原|旧|新|默认值|"
    r"要[^，,。]*的)"
)
_PARTICIPLES: Final = re.compile(
    r"(?:匹配|执行|选中|使用|保存|显示|缓存|配置|设置|默认|触发|展示|隐藏|加载中|选择|指定|传入|返回|用|输出|支持|自定义|请求|上传|下载|"
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
_KIND: Final = re.compile(rf"(?:{_VERBS})[\u3400-\u9fff]{{0,2}}(?:模块|器|相关|部分|逻辑)")
_WHEN: Final = re.compile(
    r"[^，,的]{1,12}(?:时(?!间|长|候|区|刻)|的时候|之后|后(?!面|缀|端)|情况下)[，, ]*(?=\S)"
)
_DOES: Final = re.compile(
    rf"(?:进行|做一次|做一下|做)\s*(?:[\u3400-\u9fff]{{0,4}}(?:{_VERBS})|[A-Za-z]{{3,}})|(?<![缓保储库抄编描阅开所])(?:写|读|查|算|画|发|存|取|删|改|建)(?:缓存|文件|日志|数据|配置|数据库|结果|消息|图|表|出|入|回|掉)|(?:{_VERBS})一下"
)
_SHORT: Final = 8  # characters of a heading: a longer one that ends in such a noun has an object of its own
_ENDING: Final = re.compile(
    rf"(?<!的)(?!缓存|记录|配置(?!添加)|设置|表示|使用|显示|提示|通知|测试|请求|组合|映射|标记|声明|定义|监听|回调|随机|输出|返回|支持|控制|管理|"
    rf"查|写|读|转|求|取|画|去|用|把|将|完成|开始|播放|分页|指定|约束|选择|限制|维护|提交|定位|循环|递归|扩展|接口)(?:{_VERBS})(?:操作|一下|工作)?$"
)
_TAIL: Final = 10  # characters of a clause that is a noun and its verb
_CLAUSE: Final = re.compile(r"[，,。；;！!？?：:\n]+|\s*(?:——|--|->|→)\s*|\s+(?=需要|应该)")
_GLOSS: Final = re.compile(r"[（(][^（）()]*[）)]?\s*$")


def asks(sentence: str) -> bool:
    """Whether a sentence without comment marks says what code is to do."""
    clauses = [clause.strip() for clause in _CLAUSE.split(sentence) if clause.strip()]
    return any(_asks(clause, first=number == 0) for number, clause in enumerate(clauses[:6]))


def _asks(clause: str, *, first: bool) -> bool:
    text = _GLOSS.sub("", clause).strip() or clause
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
    return _inside(text, bare) or ((first or verb is not None) and _ends(bare))


def _inside(text: str, bare: str) -> bool:
    """The verb stands behind what is changed, when it happens, or what it is done with."""
    when = _WHEN.match(bare)
    if when is not None and _VERB.match(_led(bare[when.end() :])):
        return True
    if _DOES.search(bare) and "的" not in bare:
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
    if not _PARTICIPLES.match(text):
        return False
    if _HEADS.search(text):
        return True
    return short and len(text) <= _SHORT and _THINGS.fullmatch(text) is not None and " " not in text


def _led(text: str) -> str:
    """Without numbers and adverbs in front of the verb, as long as something follows them."""
    for _ in range(5):
        match = _AGAIN.match(text) or _SIGNS.match(text)
        if not match or match.end() >= len(text):
            break
        text = text[match.end() :].lstrip(" ，,：:")
    return text

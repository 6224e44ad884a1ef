"""Chinese words of programming and its everyday subjects, with the English words that code uses for them.

A table. Comments are Chinese where identifiers are English: 获取列表 stands above get_list. Used for queries
only, so it can grow without a new index.
"""

import re
from types import MappingProxyType
from typing import Final

_TABLE: Final = """
获取 get fetch|取得 get|得到 get|读取 read load|写入 write|加载 load|载入 load|保存 save|存储 store save|设置 set|更新 update|删除 delete remove
添加 add|新增 add|增加 add|插入 insert|创建 create|新建 create new|生成 generate make|构建 build|构造 build|初始化 init|启动 start|停止 stop|关闭 close|打开 open
开始 start begin|结束 end stop|运行 run|执行 run execute|调用 call|处理 handle process|解析 parse|转换 convert to|转化 convert|格式化 format|编码 encode|解码 decode|加密 encrypt
解密 decrypt|压缩 compress|解压 decompress|排序 sort|查找 find search|搜索 search|查询 query|筛选 filter|过滤 filter|匹配 match|替换 replace|合并 merge|拆分 split|分割 split
切分 split|分词 segment|拼接 join concat|连接 connect|断开 disconnect|登录 login|登陆 login|注册 register|订阅 subscribe|发送 send|接收 receive recv|推送 push|回调 callback on
下载 download|上传 upload|请求 request|响应 response|返回 return|检查 check|校验 check valid|验证 verify valid|判断 is check|是否 is|计算 calc calculate compute|统计 stat count|求和 sum
平均 mean avg|最大 max|最小 min|累计 cum total|总 total|数量 num count volume|个数 count|长度 length len|大小 size|宽度 width|高度 height|位置 position|索引 index|序号 index
列表 list|字典 dict|数组 array|集合 set|队列 queue|栈 stack|树 tree|节点 node|图 graph|表 table|表格 table|行 row line|列 column col|字段 field|键 key
值 value|数据 data|信息 info|详情 detail|明细 detail|概况 summary profile|概览 overview|概要 summary|历史 history hist|实时 realtime real spot|最新 latest new|当前 current|今日 today|每日 daily
日线 daily|分钟 minute min|分时 minute intraday min|小时 hour|日期 date|时间 time|年份 year|年度 year annual yearly|季度 quarter|月度 month monthly|月份 month|周 week|日历 calendar|交易日 trade date
文件 file|目录 dir directory|路径 path|文本 text|字符串 string str|字符 char|数字 number|整数 int|浮点 float|布尔 bool|参数 param args|配置 config setting|选项 option|默认 default
名称 name|名字 name|标题 title|类型 type|代码 code symbol|编号 id|标识 id|状态 status state|消息 message msg|事件 event|日志 log|错误 error|异常 exception error|警告 warning
用户 user|密码 password|账户 account|账号 account|客户端 client|服务器 server|服务 service|接口 api gateway interface|网络 network net|地址 address url|端口 port|数据库 database db|缓存 cache|线程 thread
进程 process|任务 task|引擎 engine|模块 module|函数 function func|方法 method|类 class|对象 object|实例 instance|变量 variable var|模型 model|测试 test|界面 ui widget|窗口 window
按钮 button|图表 chart|图片 image img|图像 image|颜色 color|页面 page|网页 page web|新闻 news|公告 notice announcement|报告 report|研报 report research|文章 article|评论 comment|评级 rank rating
股票 stock|个股 stock individual|A股 stock a|B股 stock b|港股 hk|美股 us|新股 new ipo|次新股 new|基金 fund|债券 bond|国债 bond treasury|可转债 cov convertible cb|转债 cov cb|期货 futures
期权 option|外汇 fx forex|汇率 rate exchange fx|利率 rate interest|指数 index|板块 board sector|行业 industry|概念 concept|地域 region area|地区 region area|成份股 cons|成分股 cons|成分 cons component|权重 weight
行情 spot quote market|报价 quote price|价格 price|开盘 open|收盘 close|涨停 zt limit up|跌停 dt limit down|涨跌 change|成交 trade deal|成交量 volume|成交额 amount|换手 turnover|资金 fund money capital|资金流 fund flow
资金流向 fund flow|主力 main|北向 north hsgt|沪深港通 hsgt|融资 margin|融券 margin|两融 margin|龙虎榜 lhb|大宗交易 dzjy block|股东 holder gdhs|持股 hold|持仓 position hold|仓位 position|持有 hold
机构 institute jg|高管 management|质押 pledge gpzy|回购 repurchase|解禁 restricted release|限售 restricted|分红 dividend fhps bonus|配股 allotment pg|增发 add qbzf|业绩 performance yj yjbb|预告 yjyg forecast|财务 financial|报表 report sheet|资产 asset
负债 debt liability balance|利润 profit|收入 income revenue|现金流 cash flow|盈利 profit eps|估值 valuation value|市盈率 pe|市净率 pb|市值 market value cap|净值 nav value|收益 return yield|收益率 yield return|风险 risk|波动率 volatility vol qvix
交易 trade trading|交易所 exchange|上交所 sse sh|上海 sh shanghai sse|深交所 szse sz|深圳 sz shenzhen|北交所 bse bj|中金所 cffex|大商所 dce|郑商所 czce|上期所 shfe|上期能源 ine|广期所 gfex|委托 order entrust
订单 order|撤单 cancel|撤销 cancel|买入 buy|卖出 sell|多头 long|空头 short|开仓 open|平仓 close|止损 stop loss|策略 strategy|回测 backtest backtesting|信号 signal|组合 portfolio
合约 contract|保证金 margin|手续费 fee commission comm|仓单 receipt warehouse|库存 inventory stock|现货 spot|基差 basis|展期 roll|套利 arbitrage spread|持仓量 oi position|排名 rank|排行 rank|热门 hot|人气 hot popularity
宏观 macro|经济 economic macro|中国 china cn|美国 usa us|欧元区 euro|日本 japan|德国 germany|英国 uk|香港 hk hongkong|全球 global|世界 world|国际 international|国内 domestic|城市 city
省份 province|人口 population|失业率 unemployment|通胀 inflation|消费 consumption cpi|生产 production ppi|进口 import|出口 export|贸易 trade|货币 money currency|银行 bank|央行 central bank|贷款 loan|存款 deposit
社会融资 shrzgm|能源 energy|原油 oil crude|黄金 gold|白银 silver|天然气 gas|电力 electricity power|煤炭 coal|农产品 agriculture|生猪 hog|汽车 car|房价 house|电影 movie|票房 boxoffice box office
新浪 sina|东方财富 em eastmoney|同花顺 ths|腾讯 tx tencent|雪球 xq xueqiu|巨潮 cninfo|乐咕 lg legu|百度 baidu|微博 weibo|网易 netease 163|金十 jin10 js|英为 investing|集思录 jsl|义乌 yiwu
和讯 hexun|财新 cx caixin|财联社 cls|中证 csindex|申万 sw|国证 cni cnindex|私募 amac private|公募 fund|经理 manager|公司 company|企业 company|排放 emission carbon|碳 carbon|空气 air
拼音 pinyin|汉字 hanzi han|声调 tone|声母 initial initials|韵母 final finals|首字母 first letter|多音字 heteronym|词语 phrase|单词 word|风格 style|姓名 name|音节 syllable|简体 simplified|繁体 traditional
下单 order submit|均价 avg price|佣金 commission|税 tax|复权 adjust fq|盈亏 pnl profit|标的 underlying instrument|证券 security sec|市场 market|沪深 hs|品种 variety symbol|上市 listed ipo|退市 delisted
停牌 suspended|交割 delivery|结算 settle|冻结 frozen|可用 available|现金 cash|限价 limit|竞价 auction|盘口 bid ask|流入 inflow|流出 outflow|商誉 goodwill sy|股指 index|商品 commodity|人民币 rmb cny
拆借 interbank|年率 annual yearly|年报 annual report|季报 quarter|披露 disclosure|投资 invest|目标 target|调仓 rebalance|因子 factor|指标 indicator index|费用 fee cost|比例 ratio|到期 expire maturity|零售 retail|快照 snapshot
中心 center|公式 formula|方向 direction side|区间 range interval period|所有 all|全部 all|指定 specified|当日 today day|昨日 yesterday prev|国家 country|单位 unit|首页 home index|资讯 news|记录 record|原始 raw original
分析 analysis analyze|调整 adjust|支持 support|对应 map|连续 continuous|批量 batch|基础 base basic|基本 base basic|简称 short abbr|属性 attr property|结果 result|变动 change|实现 implement realized|输入 input|输出 output|系统 system
本地 local|标准 standard|综合 composite|质量 quality|格式 format|管理 manage|提供 provide|抓取 fetch crawl|获得 get|使用 use|传入 input|特色 feature|递归 recursive|遍历 walk iterate|迭代 iterate|循环 loop|条件 condition
缓冲 buffer|锁 lock|超时 timeout|重试 retry|权限 permission|令牌 token|会话 session|请求头 header|序列化 serialize dump|依赖 dependency require|版本 version|环境 env|安装 install|复制 copy|拷贝 copy|移动 move|重命名 rename
导入 import|导出 export|渲染 render|绘制 draw plot|绘图 plot draw|显示 show display|隐藏 hide|打印 print|监听 listen watch|触发 trigger|刷新 refresh|重置 reset|清空 clear|清除 clear|清理 clean|释放 release|分配 allocate
等待 wait|随机 random|唯一 unique|去重 unique dedup|反转 reverse|首个 first|最后 last|矩阵 matrix|向量 vector|训练 train|预测 predict|损失 loss|梯度 gradient|样本 sample|特征 feature|标签 label tag|邮件 mail email
短信 sms|支付 pay|购物车 cart|商店 shop store|插件 plugin|命令 command|补全 complete|高亮 highlight|光标 cursor|编辑器 editor|文档 document doc|注释 comment|语法 syntax|句子 sentence|段落 paragraph|语言 language lang
翻译 translate|坐标 coordinate|距离 distance|角度 angle|速度 speed|同步 sync|异步 async|并发 concurrent|阻塞 block|调度 schedule|定时 timer schedule|分页 page|上下文 context|模板 template|主题 theme topic|角色 role|部门 department
"""


def _rows() -> dict[str, tuple[str, ...]]:
    rows: dict[str, tuple[str, ...]] = {}
    for cell in _TABLE.replace("\n", "|").split("|"):
        word, *english = cell.split()[:1] + cell.split()[1:] if cell.strip() else [""]
        if word:
            rows[word] = tuple(english)
    return rows


ENGLISH: Final = MappingProxyType(_rows())
# The longest word first, so that 成交量 is not read as 成交.
_WORDS: Final = re.compile("|".join(sorted(map(re.escape, ENGLISH), key=len, reverse=True)))


def english(text: str) -> list[str]:
    """English terms for the Chinese words of a text, in their order.

    >>> english("获取股票列表")
    ['get', 'fetch', 'stock', 'list']
    """
    return [term for word in _WORDS.findall(text) for term in ENGLISH[word]]

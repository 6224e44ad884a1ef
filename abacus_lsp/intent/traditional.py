"""Comments in traditional characters, read by the same rules: the characters that the rules' own words are written with.

Data and one function. Not a converter: a character that no rule knows stays as it is, and what is folded is only looked
at, never shown or given to a model. A character that stands for two in the other script goes to the one the rules use.
"""

from typing import Final

_TRADITIONAL: Final = (
    "丟兩個箇臨為爲舉麼麽義買亂於產産僅從倉價優會傳偽餘偵脩藉償儲剋關內冊寫決況凍準減湊齣劃則創刪別彆製剝動區昇陞單賣"
    "佔卽捲厤曆歷壓參發髮變疊隻號後嚮曏嗎聽啓啟員喚餵譟迴圖塊墊聲處備復複實審寬對尋導將嘗嚐儘盡侷層屬佈帶幫並併廣庫應"
    "廢開異棄彈強歸當錄録徵徑禦誌態總戶託釦執擴掃摺拋摳搶護報擬攏攔撥擇掛擋擠撈換據蒐攝擺攤撐斂數斷無舊時顯暫機殺權條"
    "來構査標棧欄樹樣覈檔檢毀燬譭匯彙滙沒氾汎註測塗泝滾滿濾點煉鍊熱狀獨環現畫畵監蓋盤眞著矯碼確離積稱窮豎篩簽籤簡類係"
    "繫緊纍糾約級納綫線練組細終經綁結繞繪給絕絶統繼續維綴緩編縫縮網羅聯脫緻捨節範薦獲穫補錶裝見規視覽觸計訂認讓訓記許"
    "設証證評識訴詞譯試話詢該詳誤說説請讀調貝敗賬貨質貼費賦轉輪輕載較輯輸邊達遷過運還這進連遲適選遞邏埰寀採釋裏裡鑑鑒"
    "針鍼鈕剷鏟鋪銷鎖銳鋭錯鍵長閉問間閱閲隊陸陳隨隱靜麵頁頂項順須鬚預領題顏顔額風馬驗驟齊"
)
_SIMPLIFIED: Final = (
    "丢两个个临为为举么么义买乱于产产仅从仓价优会传伪余侦修借偿储克关内册写决况冻准减凑出划则创删别别制剥动区升升单卖"
    "占即卷历历历压参发发变叠只号后向向吗听启启员唤喂噪回图块垫声处备复复实审宽对寻导将尝尝尽尽局层属布带帮并并广库应"
    "废开异弃弹强归当录录征径御志态总户托扣执扩扫折抛抠抢护报拟拢拦拨择挂挡挤捞换据搜摄摆摊撑敛数断无旧时显暂机杀权条"
    "来构查标栈栏树样核档检毁毁毁汇汇汇没泛泛注测涂溯滚满滤点炼炼热状独环现画画监盖盘真着矫码确离积称穷竖筛签签简类系"
    "系紧累纠约级纳线线练组细终经绑结绕绘给绝绝统继续维缀缓编缝缩网罗联脱致舍节范荐获获补表装见规视览触计订认让训记许"
    "设证证评识诉词译试话询该详误说说请读调贝败账货质贴费赋转轮轻载较辑输边达迁过运还这进连迟适选递逻采采采释里里鉴鉴"
    "针针钮铲铲铺销锁锐锐错键长闭问间阅阅队陆陈随隐静面页顶项顺须须预领题颜颜额风马验骤齐"
)
_FOLD: Final = dict(zip(map(ord, _TRADITIONAL), _SIMPLIFIED, strict=True))


def folded(text: str) -> str:
    """The text with what the rules know in simplified characters; as long as before."""
    return text.translate(_FOLD)

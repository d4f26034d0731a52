# 设置与关于本程序。
settings-language = 语言
settings-theme = 浅色或深色
settings-size = 整体大小
settings-larger = 放大
settings-smaller = 缩小
settings-tones = 设备完成时发出提示音
settings-on = 开
settings-off = 关
settings-about = 关于
settings-version = 版本
settings-station = 工作站
settings-site = 地点
settings-licence = 许可证
settings-fonts = 字体
diagnostics = 诊断
diagnostics-why = 一个有助于查找问题的文件：配置、令牌、批次、日志的最新记录。其中不含密码、PIN 或密钥。
diagnostics-write = 生成文件

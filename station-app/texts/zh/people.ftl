# 工作站的前两名人员。
first-run = 尚未登记任何人
first-run-why = 开工之前需要两名安全管理员：一人申请，另一人批准。请各自输入姓名和至少 12 个字符的密码。
first-name = 第一人的姓名
first-password = 第一人的密码
second-name = 第二人的姓名
second-password = 第二人的密码
first-run-register = 登记两人

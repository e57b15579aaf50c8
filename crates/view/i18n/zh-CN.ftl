# Podlapse 界面的简体中文文本。与 en.ftl 含有相同的消息和相同的变量；测试会比较两者。

## 页面

app-name = Podlapse
app-tagline = 模拟 Kubernetes 在这个集群上如何处理这个 Pod：何时发生，为何发生。
app-version = Kubernetes 1.36
app-skip = 跳到时间线
loading = 正在加载模拟器

## 顶栏

bar-example = 示例
bar-own = 自己的文本
bar-language = 语言
bar-theme = 主题
bar-help = 键盘快捷键
bar-playhead = 播放头所在时间
bar-share = 分享
theme-system = 跟随系统
theme-light = 浅色
theme-dark = 深色
theme-contrast = 高对比度

## 编辑器

editor-heading = 场景
editor-workload = Pod
editor-cluster = 集群
editor-workload-label = 开始时应用的清单
editor-cluster-label = 事先存在的节点、镜像和行为
editor-reset = 恢复示例
tuning-heading = { $count ->
   *[other] 调节 { $count } 个探针
}
tuning-label = 探针的各项数值
problems-heading = 问题
problems-none = 没有问题
problems-count = { $count ->
   *[other] { $count } 个问题
}
notes-count = { $count ->
   *[other] { $count } 条说明
}
problem-place = 第 { $line } 行，第 { $column } 列
problem-fix-change = 改为 { $what }
problem-fix-add = 添加 { $what }
problem-hint = 提示：{ $hint }
severity-error = 错误
severity-warning = 警告
severity-note = 说明

## 场景的预期

expect-heading = { $count } 项预期中有 { $done } 项成立
expect-condition = Pod { $pod } 的 { $what } 为 True
expect-status = Pod { $pod } 显示 { $what }
expect-never = Pod { $pod } 从不显示 { $what }
expect-within = 在 { $time } 内：{ $sentence }
expect-holds = 成立
expect-fails = 不成立

## 运行状态

run-idle = 尚未运行
run-busy = 正在模拟
run-done = { $span } 内共 { $steps } 步
run-stop = 停止
run-stopped = 已停止。显示的是到此为止的模拟结果。
run-stale = 这次运行对应的是之前的文本。改正问题后会运行新的文本。
run-empty = 编辑器是空的。请粘贴一个 Pod，或打开一个示例。
run-failed = 这段文本无法运行。改正问题之前没有内容可显示。
run-forked = 已在 { $time } 被改变：{ $line }
run-unfork = 回到原来的运行
run-again = 运行

## 视图

views-heading = 视图
view-watch = kubectl
view-events = 事件
view-object = 对象
view-cluster = 集群
view-logs = 日志
view-scheduler = 调度
view-why = 原因
view-scenario = 场景
watch-label = kubectl get pods -w 的输出
watch-empty = 还没有 Pod。
events-empty = 还没有事件。
events-time = 时间
events-type = 类型
events-reason = 原因
events-object = 对象
events-message = 消息
events-count = 次数
events-normal = Normal
events-warning = Warning
object-choose = 对象
object-empty = 此刻没有对象。
object-missing = { $object } 此刻不存在。
object-unchanged = 这一步没有改变它。
object-changed = 这一步新增 { $added } 行，删除 { $removed } 行
object-line-added = 新增
object-line-removed = 删除

cluster-empty = 此刻没有节点。
cluster-nodes = 节点
cluster-waiting = 尚无节点
cluster-waiting-none = 没有 Pod
cluster-search = 节点、污点或 Pod
cluster-by-name = 按名称
cluster-by-cpu = 按 cpu 请求量
cluster-by-memory = 按内存请求量
cluster-by-pods = 按 Pod 数量
cluster-amount = 请求 { $requests }，限制 { $limits }，可分配 { $allocatable }
cluster-pods = Pod
cluster-allocated = 已分配
cluster-resource = 资源
cluster-allocatable = 可分配
cluster-requests = 请求
cluster-limits = 限制
cluster-conditions = 状况
cluster-taints = 污点
cluster-labels = 标签
cluster-images = 节点上的镜像
cluster-none = 无
tools-order = 顺序
tools-count = { $shown } / { $all }
logs-choose = Pod
logs-not-started = 尚未运行。
logs-empty = 还没有输出。
logs-running = 第 { $number } 次运行，正在运行
logs-ended = 第 { $number } 次运行，已结束，退出码 { $code }（{ $reason }）
logs-earlier = 未显示更早的 { $count } 行

scheduler-attempt-label = 调度器的尝试
scheduler-attempt = 第 { $number } 次尝试，共 { $all } 次，时间 { $time }
scheduler-no-attempt = 尚未尝试
scheduler-previous = 上一次尝试
scheduler-next = 下一次尝试
scheduler-gated = 调度器不会考虑它：
scheduler-skipped = 这个 Pod 自带节点（{ $node }），调度器从未考虑过它。
scheduler-not-yet = 调度器还没有尝试这个 Pod。
scheduler-chosen = { $evaluated } 个节点中有 { $feasible } 个通过过滤；{ $node } 的总分最高，为 { $total }。
scheduler-only = { $evaluated } 个节点中有 { $feasible } 个通过过滤。只有 { $node } 可选，因此没有打分。
scheduler-tie = { $count } 个节点同样好（{ $names }）。选中过滤最先完成的那个，通常是排在最前的。
scheduler-rejected-by = 拒绝它的插件：{ $plugins }
scheduler-nominated = 正在驱逐 { $node } 上的 Pod；本 Pod 被提名到该节点，等它们离开后再次尝试。
scheduler-pre-filter = PreFilter
scheduler-only-nodes = 仅限这些节点
scheduler-nominated-first = 提名节点，最先尝试
scheduler-skip = 无需过滤
scheduler-score-skip = 无需打分
scheduler-search = 节点、插件或原因
scheduler-by-total = 按总分
scheduler-by-tried = 按尝试顺序
scheduler-by-name = 按名称
scheduler-no-nodes = 没有可以考虑的节点。
scheduler-node = 节点
scheduler-filter = 过滤
scheduler-total = 总分
scheduler-score-note = 加权分；下方为原始分和归一化分
scheduler-passed = 通过全部过滤
scheduler-resolvable = 驱逐 Pod 可能有用
scheduler-unresolvable = 驱逐 Pod 没有用
scheduler-not-evaluated = 未考虑：已找到足够的节点
scheduler-winner = 选中
scheduler-best = 同样好
scheduler-queue = 队列
scheduler-queue-empty = 没有 Pod 在等待。
scheduler-pod = Pod
scheduler-place = 所在位置
scheduler-priority = 优先级
scheduler-attempts = 尝试次数
scheduler-waits-for = 发生这些变化后再次考虑
scheduler-place-active = active，即将尝试
scheduler-place-backoff = 退避
scheduler-place-error = 出错后的退避
scheduler-place-unschedulable = 不可调度
scheduler-place-gated = 被调度门挡住
scheduler-left = 还剩 { $left }
scheduler-preemption = 抢占
scheduler-candidates = { $count ->
    [0] 没有节点可以通过驱逐 Pod 解决
   *[other] { $count } 个节点可以通过驱逐 Pod 解决
}
scheduler-preemption-rule = 依次比较：违反的中断预算最少、最高优先级最低、优先级之和最小、Pod 数最少、启动时间最晚。
scheduler-victims = 要驱逐的 Pod
scheduler-violations = 违反的预算
scheduler-highest = 最高优先级
scheduler-sum = 总和
scheduler-start = 最早启动
tools-no-match = 没有匹配项。

prompt-label = 此刻的 kubectl
prompt-placeholder = kubectl get pods -o wide
prompt-at = 命令在这个时刻得到回答
prompt-session = 输入过的命令
prompt-clear = 清除输入过的命令
prompt-candidates = 候选
prompt-changes = { $line } 会从 { $time } 起改变这次运行，之后的内容将被替换。
prompt-confirm = 改变运行（Enter）
prompt-cancel = 取消（Esc）

## 时间线与播放控制

timeline-heading = 时间线
timeline-lanes = Pod 与容器的泳道
timeline-playhead = 播放头
timeline-empty = 运行结束后，时间线会显示每个 Pod 的一生。
timeline-zoom-in = 放大
timeline-zoom-out = 缩小
timeline-zoom-fit = 显示整个运行
timeline-legend = 图例
lane-status = STATUS
lane-phase = phase
lane-init = init
lane-container = 容器
lane-pull = 拉取
lane-wait-left = 还剩 { $left }，共 { $length }
tick-probe-ok = { $probe } 探针成功
tick-probe-failed = { $probe } 探针失败
tick-probe-count = { $result }，第 { $have } 次，共需 { $want } 次
tone-waiting = 等待
tone-creating = 拉取与创建
tone-running = 运行中，未就绪
tone-ready = 就绪
tone-failing = 失败
tone-back-off = 退避
tone-terminating = 正在终止
tone-completed = 已完成
tone-unknown = 未知
transport-label = 播放控制
transport-first = 回到开头
transport-last = 跳到结尾
transport-back = 后退一步
transport-forward = 前进一步
transport-stage-back = 上一阶段
transport-stage-forward = 下一阶段
transport-play = 播放
transport-pause = 暂停
transport-speed = 速度
transport-step = 第 { $step } 步，共 { $steps } 步
resize-left = 编辑器宽度
resize-right = 检查器宽度
resize-dock = 时间线高度
fold-left = 收起编辑器
unfold-left = 显示编辑器
fold-right = 收起检查器
unfold-right = 显示检查器

## 流水线

pipeline-label = Pod 的各个阶段
pipeline-stay = 自 { $start } 起，历时 { $time }
pipeline-not-yet = 尚未到达
stage-apply = 提交
stage-schedule = 调度
stage-mount = 沙箱
stage-pull = 拉取
stage-run = 运行
stage-probe = 探测
stage-terminate = 终止

## 检查器

selection-clear = 重新跟随步骤
why-heading = 原因
title-status = STATUS 变为 { $status }
why-nothing = 这里什么也没发生
why-chain = 起因
why-changes = 写入的内容
why-calls = 对运行时的调用
why-rule = 规则
why-facts = 依据
why-source = 对应源码
why-docs = 文档
why-no-reason = 这一步没有自己的原因，它由上一步引起。
change-created = 已创建
change-updated = 已更改
change-removed = 已删除
fact-object = 对象
fact-container = 容器
fact-node = 节点
fact-image = 镜像
fact-exit-code = 退出码
fact-restart-count = 重启次数
fact-backoff = 等待
fact-backoff-value = { $length }，到 { $until } 为止（最长 { $cap }）
fact-drawn = 随机抽取
fact-drawn-value = { $value }（介于 { $min } 与 { $max } 之间）
fact-grace = 宽限期
fact-takes = 耗时
fact-count = 连续次数
fact-count-value = { $have } / { $want }
fact-field = 字段
fact-word = 值
fact-reason = 原因
fact-controller = 控制器
fact-phase = 阶段
fact-address = 地址
fact-pull-policy = 拉取策略
fact-restart-policy = 重启策略
fact-hook = 钩子
fact-probe = 探针
fact-message = 消息

## 帮助

help-heading = 键盘快捷键
help-close = 关闭
help-step = 后退或前进一步
help-stage = 上一或下一阶段
help-play = 播放或暂停
help-ends = 第一步或最后一步
help-zoom = 放大、缩小、整个运行
help-views = 各视图，按标签顺序
help-prompt = kubectl 命令行
help-help = 显示此列表
help-words = 在编辑器、菜单和列表中，方向键保持原有的含义。

## 朗读的内容

live-step = { $time }：{ $title }
live-problems = { $count ->
    [0] 没有问题
   *[other] { $count } 个问题
}

## 嵌入

embed-open = 在 Podlapse 中打开
embed-editors = 场景

## 示例：标题与建议

topic-basics = 基础
topic-scheduling = 调度
topic-images = 镜像
topic-starting = 启动容器
topic-crashes = 崩溃与重启
topic-probes = 探针
topic-termination = 终止
topic-volumes = 卷与配置
topic-workloads = 工作负载
topic-nodes = 节点
topic-api = API 服务器的拒绝
topic-tasks = 练习
example-crash-loop = 崩溃循环
example-crash-loop-try = 步进到下一次重启，看等待时间翻倍；再把 restartPolicy 设为 Never。
example-nginx = 一个变为就绪的 Pod
example-nginx-try = 从提交步进到就绪，再把镜像标签改成不存在的标签。
example-image-not-found = 不存在的镜像标签
example-image-not-found-try = 看 ErrImagePull 与 ImagePullBackOff 交替出现，再把标签改为 busybox:1.36。
example-liveness-exec = 用命令做存活检查
example-liveness-exec-try = 找到第三次失败的探测，看看为什么重启在 30 秒之后才到来。
example-liveness-http = 用 HTTP 做存活检查
example-liveness-http-try = 把 initialDelaySeconds 和 periodSeconds 设为 3，看最初的探测成功。
example-requests-limits = 请求与限制
example-requests-limits-try = 在对象视图里查看 qosClass，再把一个请求调到高于它的限制。
example-node-selector = nodeSelector
example-node-selector-try = 步进到 40 秒，那时 node-2 得到标签，调度器再试一次。
example-node-name = nodeName
example-node-name-try = 找找 Scheduled 事件（没有），再写成 node-9。
example-too-little-cpu = CPU 不足
example-too-little-cpu-try = 把请求降到 1500m，看 Pod 被调度。
example-private-registry-no-secret = 私有仓库，没有拉取凭据
example-private-registry-no-secret-try = 读一读拉取失败的消息，再打开带有 Secret 的示例。
example-private-registry-secret = 私有仓库，带拉取凭据
example-private-registry-secret-try = 更改 Secret 里的主机名，看拉取被拒绝。
example-pull-policies = 三种拉取策略
example-pull-policies-try = 比较三个 Pod：哪一个会询问仓库，哪一个无法启动?
example-phases = Pending、Running、Succeeded、Failed
example-phases-try = 比较 phase 与 STATUS 两条泳道：STATUS 由 kubectl 计算，phase 是字段。
example-init-waits = 等待 Service 的 Init 容器
example-init-waits-try = Service 的名字能解析后，应用才会启动。输入：kubectl logs web -c wait-for-db
example-init-and-sidecar = Init 容器、边车与共享卷
example-init-and-sidecar-try = Init 容器依次运行；打开“日志”，看应用读到边车写入的内容。
example-gpu = 没有节点拥有的 GPU
example-gpu-try = 只有一个节点有一块 GPU。把 train 的限制改为 1，看两个 Pod 中谁得到它。
example-host-port = 主机端口已被占用
example-host-port-try = 两个 Pod 都要唯一节点的 8080 端口。走到 40 秒，第一个被删除的时刻。
example-taint = 污点与容忍
example-taint-try = 只有一个 Pod 容忍该污点。在 10 秒处输入：kubectl taint nodes node-1 dedicated-
example-scores = 哪个节点最好
example-scores-try = 打开“调度”：每个插件给每个节点的分数。再把偏好的权重提高到 100。
example-anti-affinity = 互相回避的副本
example-anti-affinity-try = 三个副本，两个节点：第三个保持 Pending。输入：kubectl scale deployment web --replicas=2
example-topology-spread = 分散到各个可用区
example-topology-spread-try = 打开“集群”：每个可用区两个 Pod。再打开“调度”查看最后一个 Pod 被哪些节点拒绝。
example-preemption = 抢占
example-preemption-try = 打开“调度”：每个节点上需要离开的 Pod，以及选中了哪个节点。
example-scheduling-gates = 调度门
example-scheduling-gates-try = 在 30 秒移除调度门之前，调度器不会考虑这个 Pod。
example-image-name-invalid = 无法解析的镜像名
example-image-name-invalid-try = 镜像名只能用小写字母。把 Nginx 改为 nginx。
example-registry-unreachable = 无法访问的镜像仓库
example-registry-unreachable-try = 每次拉取 15 秒后超时。改用镜像站：mirror.example.com/team/web:v1。
example-image-too-slow = 镜像太大，无法按时拉取
example-image-too-slow-try = 拉取在 70 秒后超过期限。在集群中去掉 pullError，看它拉取成功。
example-private-registry-deployment = Deployment 使用私有仓库
example-private-registry-deployment-try = 输入：kubectl get secret regcred -o yaml | grep dockerconfigjson: | awk '{"{"}print $NF{"}"}' | base64 -d
example-command-missing = 不存在的命令
example-command-missing-try = 容器已创建，但启动失败。在“事件”中阅读消息。
example-create-error = 无法创建的容器
example-create-error-try = 运行时拒绝了两次，然后空间恢复。kubelet 在两次之间等待多久？
example-config-missing = 缺少 ConfigMap
example-config-missing-try = 它在 40 秒出现。可以更早创建：kubectl create configmap settings --from-literal=mode=fast
example-run-as-non-root = 以 root 运行的镜像
example-run-as-non-root-try = kubelet 拒绝了它。在 securityContext 中加入 runAsUser: 101。
example-sandbox-fails = 没有可用的 IP 地址
example-sandbox-fails-try = 网络插件分配不到地址，沙箱无法创建。把 failures 改为 1。
example-network-not-ready = 节点网络未就绪
example-network-not-ready-try = 使用主机网络的 Pod 可以运行；15 秒到来的 Pod 要等到 70 秒。
example-post-start-fails = 失败的 postStart 钩子
example-post-start-fails-try = postStart 钩子失败会杀死容器。把 exit 1 改为 exit 0。
example-restart-policies = Always、OnFailure、Never
example-restart-policies-try = 同样的失败，不同的重启策略。哪个 Pod 会进入 Failed，在何时？
example-back-off-reset = 退避被重置
example-back-off-reset-try = 第五次运行持续 11 分钟；之后等待重新从 10 秒开始。
example-oom-killed = OOMKilled
example-oom-killed-try = 8 秒后它使用 250Mi 内存。把内存限制提高到 300Mi。
example-port-taken = 两个服务器，一个端口
example-port-taken-try = 同一个 Pod 的容器共用端口。输入：kubectl logs web -c second
example-process-killed = 进程死亡
example-process-killed-try = 不需要探针：kubelet 发现进程消失后会重新启动它。
example-init-fails = 失败的 Init 容器
example-init-fails-try = 应用不会启动。输入：kubectl logs web -c migrate
example-termination-message = 容器的遗言
example-termination-message-try = 容器写入终止日志的内容，或它最后的几行输出，就是其状态中的消息。请看对象视图。
example-role-missing = 没有权限的服务账号
example-role-missing-try = 绑定角色之前，这个账号会被拒绝。可在命令行中查询：auth can-i --list --as=system:serviceaccount:default:reader
example-task-image = 练习：永远拉不到的镜像
example-task-image-try = 找出镜像名错在哪里并改正：Pod 应在 30 秒内就绪。
example-task-probe = 练习：被杀死的健康服务
example-task-probe-try = 服务在 80 端口正常应答，却仍被反复重启。事件里有原因；请改正清单。
example-task-room = 练习：没有节点放得下
example-task-room-try = 看调度器对节点的判断，然后少申请一些：这个 Pod 最多需要 2 个 CPU。
example-task-slow-start = 练习：启动缓慢
example-task-slow-start-try = 服务要 40 秒后才会应答。请给它时间，但不要让它运行后的存活探针变慢。
example-readiness = 就绪探针
example-readiness-try = 未就绪不等于死亡：容器继续运行，只是离开 Service 的端点。
example-startup-probe = 启动缓慢的应用
example-startup-probe-try = 启动探针成功之前，存活探针不会运行。把它的 failureThreshold 改为 3。
example-tcp-and-grpc = TCP 与 gRPC 探针
example-tcp-and-grpc-try = 端口在 12 秒后打开；gRPC 服务在 30 秒后停止服务。
example-graceful-delete = 优雅删除
example-graceful-delete-try = preStop 钩子用 8 秒，然后是 SIGTERM。从删除起 Pod 就不再就绪，不管探针结果如何。
example-ignores-sigterm = 忽略 SIGTERM 的进程
example-ignores-sigterm-try = 15 秒宽限期结束后发出 SIGKILL。试试用 --grace-period=3 删除。
example-force-delete = 强制删除
example-force-delete-try = 对象立刻消失，容器稍后才停止：没有人等待节点确认。
example-finalizer = 终结器留住 Pod
example-finalizer-try = 容器已经消失，对象一直保留到 60 秒终结器被移除。
example-secret-missing = 缺少 Secret
example-secret-missing-try = 卷无法准备，重试间隔越来越长。它在 50 秒出现。
example-config-appears = 迟到的 ConfigMap
example-config-appears-try = 卷无法挂载，直到 30 秒时 ConfigMap 被创建。kubelet 重试的间隔越来越长。
example-claim-missing = 缺少 PersistentVolumeClaim
example-claim-missing-try = 调度器无法放置这个 Pod：它的声明不存在。
example-static-volume = 为声明准备的 PersistentVolume
example-static-volume-try = 声明绑定到满足要求的最小的卷：10Gi 的那个。改成 15Gi，看看选中哪一个。
example-unknown-field = 拼错的字段
example-unknown-field-try = 有校验时第一次创建被拒绝；关闭校验时字段被丢弃：kubectl get pod misspelt -o yaml
example-deployment = Deployment：滚动更新
example-deployment-try = 40 秒时更换镜像。可用副本从不少于三个；输入：kubectl rollout undo deployment web
example-deployment-stuck = Deployment：卡住的更新
example-deployment-stuck-try = 新镜像不存在，旧的 Pod 保留。输入：kubectl rollout status deployment web
example-replica-set = ReplicaSet：补回丢失的 Pod
example-replica-set-try = 20 秒时两个 Pod 被删除。新的 Pod 名称和 UID 都不同。
example-replication-controller = ReplicationController
example-replication-controller-try = ReplicaSet 的前身。输入：kubectl label pod -l app=web app- --all，看它创建新的 Pod。
example-stateful-set = StatefulSet：依次启动
example-stateful-set-try = 每个 Pod 等待前一个就绪。50 秒被删除的 Pod 会以原来的名字回来。
example-daemon-set = DaemonSet：每个节点一个
example-daemon-set-try = 带污点的节点在 25 秒去掉污点后得到它的 Pod。
example-job = Job：四份工作，每次两份
example-job-try = 两轮之后完成；20 秒后 Job 和它的 Pod 被清除。
example-job-back-off = 放弃的 Job
example-job-back-off-try = 三个 Pod 失败，每次重试间隔更长。把 backoffLimit 改为 0。
example-cron-job = CronJob：每分钟一次
example-cron-job-try = 每分钟一个 Job；只保留最后完成的一个。
example-cordon-and-drain = 封锁与排空
example-cordon-and-drain-try = 20 秒起节点被排空，在预算允许的范围内一个接一个。
example-drain-blocked = 被中断预算挡住的排空
example-drain-blocked-try = 第一个 Pod 在别处重新就绪之前，第二次驱逐会被拒绝；但没有别的节点，45 秒后排空放弃。
example-no-execute = NoExecute：谁能留下，能留多久
example-no-execute-try = 一个立刻离开，一个 40 秒后离开，一个留下。在 30 秒处移除污点试试。
example-node-down = 节点失联
example-node-down-try = 约 50 秒后判定失联，5 分钟后驱逐它的 Pod。Deployment 的 Pod 在别处重建，裸 Pod 不会。
example-node-returns = 失联的节点回来了
example-node-returns-try = 7 分钟时它回来，处于 Terminating 的 Pod 在一秒内消失。
example-node-deleted = 删除失联的节点
example-node-deleted-try = 三条出路之一：删除 Node 对象后，它的 Pod 会被清除。
example-node-down-force-delete = 在失联节点上强制删除
example-node-down-force-delete-try = StatefulSet 会再建一个 db-0，而原来的可能还在失联节点上运行：两个进程写同一块磁盘。
example-static-pod = 静态 Pod
example-static-pod-try = 30 秒删除它没有用：只有 70 秒移除清单文件才行。
example-limit-range = LimitRange
example-limit-range-try = 10 秒提交的 Pod 要求超过单个容器的上限，被拒绝。
example-quota = ResourceQuota
example-quota-try = 配额只允许两个 Pod：第三个副本被拒绝，重试的间隔越来越长。
example-pod-security = Pod 安全准入
example-pod-security-try = 命名空间 locked 强制 restricted 级别：10 秒提交到那里的 Pod 被拒绝。
example-service-account-missing = 不存在的 ServiceAccount
example-service-account-missing-try = 10 秒提交的 Pod 被拒绝。在 30 秒输入：kubectl auth can-i list secrets
example-cordon = 被封锁的节点
example-cordon-try = 唯一的节点在 30 秒解除封锁之前不接收新的 Pod。

## 规则：标题与含义

rule-user-action = 这是你的请求
rule-user-action-why = 一个请求通过 kubectl 到来。之后发生的一切都是对它的回应。
rule-object-created = API 服务器保存了对象
rule-object-created-why = 请求通过了默认值填充、准入和校验；对象写入 etcd，所有监听该类型的组件都会得知。
rule-request-rejected = API 服务器拒绝了请求
rule-request-rejected-why = 默认值填充、准入或校验发现了错误，因此什么也没有保存。
rule-deletion-requested = 对象被标记为待删除
rule-deletion-requested-why = 优雅删除只设置 deletionTimestamp。kubelet 先停止容器，在它报告容器已消失后对象才会被删除。
rule-object-removed = 对象已从 API 中消失
rule-object-removed-why = 没有宽限期，也没有 finalizer 再保留它。
rule-node-chosen = 调度器选定了节点
rule-node-chosen-why = 无法容纳该 Pod 的节点被过滤，其余节点被打分，Pod 绑定到得分最高的节点。
rule-unschedulable = 没有节点能容纳这个 Pod
rule-unschedulable-why = 所有节点都被过滤。Pod 一直等待，直到出现可能有帮助的变化，才会再次尝试调度。
rule-scheduling-gated = Pod 在等待调度门控
rule-scheduling-gated-why = 只要 spec.schedulingGates 不为空，调度器就不会考虑该 Pod。
rule-preempted = 优先级较低的 Pod 让出位置
rule-preempted-why = 如果驱逐优先级较低的 Pod 能让它放得下，调度器就删除那些 Pod，等它们消失后再尝试。
rule-status-generated = kubelet 计算了状态
rule-status-generated-why = kubelet 根据规约和运行时的报告得出阶段、状况和容器状态，并发送给 API 服务器。
rule-volumes-not-ready = 有卷还不能挂载
rule-volumes-not-ready-why = 在 Pod 的所有卷挂载好之前，kubelet 不启动任何容器；它过一会儿再看。
rule-network-not-ready = 节点网络未就绪
rule-network-not-ready-why = 没有网络插件时，kubelet 只启动使用主机网络的 Pod。
rule-sandbox-created = 沙箱已创建
rule-sandbox-created-why = 沙箱持有 Pod 的网络和 IP 地址，所有容器都在其中运行。
rule-sandbox-failed = 沙箱创建失败
rule-sandbox-failed-why = 运行时拒绝了请求，常常与网络插件有关。kubelet 在下一次同步时重试。
rule-image-pulling = 正在拉取镜像
rule-image-pulling-why = 策略要求拉取，或者镜像不在节点上。
rule-image-pulled = 镜像已到达
rule-image-pulled-why = 拉取顺利结束，镜像现在就在节点上。
rule-image-present = 镜像已在节点上
rule-image-present-why = 拉取策略允许使用已有的镜像，因此不询问仓库。
rule-image-pull-failed = 拉取失败
rule-image-pull-failed-why = 仓库拒绝或没有回应。容器以 ErrImagePull 等待，下一次拉取要等更长的退避时间。
rule-image-pull-back-off = 下一次拉取需要等待
rule-image-pull-back-off-why = 每次拉取失败后等待时间翻倍，从 10 秒直到 5 分钟。其间的原因是 ImagePullBackOff。
rule-image-never-pulled = 策略禁止拉取
rule-image-never-pulled-why = imagePullPolicy 为 Never，而镜像不在节点上，所以容器无法启动。
rule-image-name-invalid = 镜像名称无法解析
rule-image-name-invalid-why = 它不是有效的引用，没有可拉取的内容，重试也没有用。
rule-container-config-failed = 容器的配置不完整
rule-container-config-failed-why = 容器引用的东西（例如 ConfigMap 或 Secret）不存在。kubelet 在下一次同步时再看。
rule-container-created = 容器已创建
rule-container-created-why = 镜像已就位，配置已解析，运行时已把容器准备好。
rule-container-started = 容器已启动
rule-container-started-why = 进程从此刻开始运行；探针从此刻开始计时。
rule-container-start-failed = 容器无法启动
rule-container-start-failed-why = 运行时无法创建或启动它，例如命令不存在。
rule-container-exited = 进程结束了
rule-container-exited-why = kubelet 在下一次询问运行时的时候得知，最多晚一秒。
rule-crash-loop-back-off = 重启需要等待
rule-crash-loop-back-off-why = 每次结束后等待时间翻倍，从 10 秒直到 5 分钟；10 分钟没有崩溃后清零。kubelet 只在同步时检查，所以重启会稍晚一些。
rule-container-restarted = 容器再次启动
rule-container-restarted-why = 重启策略要求如此，而且没有退避阻拦。它留在同一个节点上。
rule-container-killed = 容器被停止
rule-container-killed-why = 它先收到 SIGTERM；宽限期结束时仍在运行，就会收到 SIGKILL。
rule-hook-failed = 生命周期钩子失败
rule-hook-failed-why = postStart 钩子失败会杀死它的容器；preStop 钩子失败只会被报告。
rule-probe-succeeded = 探针成功
rule-probe-succeeded-why = 连续成功达到 successThreshold 次后，结果才算数。
rule-probe-failed = 探针失败
rule-probe-failed-why = 连续失败达到 failureThreshold 次后，结果才算数：存活和启动探针会杀死容器，就绪探针使 Pod 变为未就绪。
rule-pod-finished = Pod 已结束
rule-pod-finished-why = 所有容器都已结束，重启策略不再启动它们：全部以 0 退出则阶段为 Succeeded，否则为 Failed。
rule-pod-terminating = Pod 正在停止
rule-pod-terminating-why = kubelet 停止每个容器并计算宽限期。无论探针怎么说，Pod 都不再就绪。
rule-pod-terminated = Pod 在节点上已无任何残留
rule-pod-terminated-why = 容器、卷和 cgroup 都已清除；API 服务器可以忘记这个 Pod 了。
rule-deadline-exceeded = Pod 运行超时
rule-deadline-exceeded-why = activeDeadlineSeconds 已到：kubelet 停止 Pod，阶段为 Failed。
rule-pod-evicted = 节点内存不足
rule-pod-evicted-why = kubelet 驱逐一个 Pod 以腾出空间：先是用量超过请求的，再是优先级较低的，然后是用量最多的。
rule-pod-preempted-by-kubelet = 关键 Pod 需要空间
rule-pod-preempted-by-kubelet-why = 一个关键 Pod 被分配到该节点，但剩余资源不足。kubelet 结束刚好够用的最小的 Pod，然后启动关键 Pod。
rule-pod-resized = 运行中的 Pod 的资源发生变化
rule-pod-resized-why = Pod 请求的资源与已获分配的不同。kubelet 在节点有余量时予以分配，并就地调整容器，或按其策略重启容器。
rule-pod-not-admitted = kubelet 不接纳该 Pod
rule-pod-not-admitted-why = Pod 启动前，节点会再检查一次它是否放得下。放不下的 Pod 会永久失败。
rule-event-recorded = 写入了事件 { $word }
rule-event-recorded-why = 各组件用 Event 对象告诉人们它们做了什么；相同的事件只会增加同一个对象的计数。
rule-pod-bound = Pod 已绑定到节点
rule-pod-bound-why = API 服务器把调度器的选择存入 spec.nodeName，此后不再改变；该节点的 kubelet 看到后开始工作。
rule-node-status-reported = kubelet 报告了节点状态
rule-node-status-reported-why = 它每 10 秒续租一次，并在状况、地址和镜像变化时报告。
rule-reconciled = { $word } 采取了行动
rule-reconciled-why = 它比较了现状与期望，向期望迈出一步。

share-link = 链接
share-frame = 嵌入其他页面的框架
share-copy = 复制
share-copied = 已复制
share-instant = 指向当前时刻 { $time }
share-words = 文本保存在链接的 # 之后，不会发送到任何服务器。
link-broken = 链接中的场景无法读取，现在显示的是示例。
link-unknown-example = 链接中的示例不存在，请从上方列表中选择。

## 词汇表

glossary-heading = 原因词汇
glossary-open = 打开示例：{ $example }
glossary-search = 查找原因
bar-glossary = 原因词汇表
lane-sidecar = 边车
lane-endpoints = 端点
lane-actions = 操作
lane-node = 节点
lane-grace = 宽限期 { $length }
help-glossary = 原因词汇表
term-group-waiting = 容器在等待
term-group-terminated = 容器已结束
term-group-condition = 状况
term-group-event = 事件
term-group-gone = 已不存在
term-PodInitializing = Init 容器尚未全部完成。
term-ContainerCreating = 正在准备沙箱、卷、镜像或容器本身。
term-ErrImagePull = 上一次拉取失败。Failed 事件说明原因。
term-ImagePullBackOff = 拉取失败后，kubelet 等待一段时间再试，从 10 秒到最长 5 分钟。
term-InvalidImageName = 镜像名无法解析，因此无从拉取。
term-ErrImageNeverPull = imagePullPolicy 为 Never，而节点上没有该镜像。
term-RegistryUnavailable = 运行时报告镜像仓库不可用。containerd 从不这样报告，那里显示 ErrImagePull。
term-ImageInspectError = 运行时无法判断镜像是否在节点上：镜像存储损坏。
term-CreateContainerConfigError = 容器引用的内容缺失或不被允许：ConfigMap、Secret 或用户。
term-CreateContainerError = 运行时拒绝创建容器。
term-PreStartHookError = kubelet 启动前的内部步骤失败，例如预留 CPU。此处不模拟。
term-RunContainerError = 容器已创建但无法启动，例如命令不存在。
term-PostStartHookError = postStart 钩子失败，容器因此被杀死。
term-CrashLoopBackOff = 容器反复结束；kubelet 等待后再启动，从 10 秒到最长 5 分钟。
term-Completed = 进程以退出码 0 结束。
term-Error = 进程以其他退出码结束。
term-OOMKilled = 内核杀死了进程：内存用量超过限制。
term-Unschedulable = 目前没有节点可以接收这个 Pod。消息统计了各种原因。
term-SchedulingGated = 在调度门移除之前，调度器不会考虑这个 Pod。
term-ContainersNotInitialized = 状况 Initialized 为 False：还有 Init 容器没有成功。
term-ContainersNotReady = 状况 Ready 与 ContainersReady 为 False：有容器未就绪。
term-PodCompleted = 所有容器都已结束，Pod 不再就绪。
term-FailedScheduling = 调度器的一次尝试没有找到节点。
term-Preempted = Pod 被驱逐，为优先级更高的 Pod 让位。
term-FailedMount = 卷无法准备；kubelet 会重试，间隔逐渐变长。
term-NetworkNotReady = 节点的网络插件未就绪，无法创建 Pod 沙箱。
term-FailedCreatePodSandBox = 无法创建带有 Pod 网络的沙箱。
term-BackOff = kubelet 在重启容器或重新拉取镜像之前等待。
term-Unhealthy = 探针失败。连续失败 failureThreshold 次才有后果。
term-Killing = 正在停止容器：先发 SIGTERM，宽限期结束后发 SIGKILL。
term-NodeNotReady = 节点已有 50 秒没有上报，它的 Pod 不再就绪。
term-TaintManagerEviction = Pod 不容忍 NoExecute 污点，或容忍时间已到。
term-NetworkPluginNotReady = 网络插件没有响应时，出现在节点 Ready 状况的消息中：container runtime network not ready。
term-DockerDaemonNotReady = 随 1.24 移除内置 Docker 支持而消失。如今节点显示：container runtime is down。

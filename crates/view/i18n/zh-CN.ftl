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
bar-share = 复制链接
bar-shared = 链接已复制
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
problems-heading = 问题
problems-none = 没有问题
problems-count = { $count ->
   *[other] { $count } 个问题
}
problem-place = 第 { $line } 行，第 { $column } 列
problem-hint = 提示：{ $hint }
severity-error = 错误
severity-warning = 警告
severity-note = 说明

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
scheduler-tie = { $count } 个节点同样好（{ $names }）。从中随机抽取一个，机会均等。
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
pipeline-at = 到达于 { $time }
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
fact-message = 消息

## 帮助

help-heading = 键盘快捷键
help-close = 关闭
help-step = 前进或后退一步
help-stage = 下一或上一阶段
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
rule-pod-not-admitted = kubelet 不接纳该 Pod
rule-pod-not-admitted-why = Pod 启动前，节点会再检查一次它是否放得下。放不下的 Pod 会永久失败。
rule-event-recorded = 写入了一个事件
rule-event-recorded-why = 各组件用 Event 对象告诉人们它们做了什么；相同的事件只会增加同一个对象的计数。
rule-pod-bound = Pod 已绑定到节点
rule-pod-bound-why = API 服务器把调度器的选择存入 spec.nodeName，此后不再改变；该节点的 kubelet 看到后开始工作。
rule-node-status-reported = kubelet 报告了节点状态
rule-node-status-reported-why = 它每 10 秒续租一次，并在状况、地址和镜像变化时报告。
rule-reconciled = 控制器采取了行动
rule-reconciled-why = 它比较了现状与期望，向期望迈出一步。

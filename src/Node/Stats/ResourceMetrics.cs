using Slipway.Node.Pods;

namespace Slipway.Node.Stats;

/// <summary>
/// The kubelet's <c>/metrics/resource</c>: what autoscaling needs and nothing else
/// (<see href="https://kubernetes.io/docs/reference/instrumentation/node-metrics/"/>).
/// </summary>
internal static class ResourceMetrics
{
    private static readonly string[] None = [];
    private static readonly string[] PodLabels = ["namespace", "pod"];
    private static readonly string[] ContainerLabels = ["container", "namespace", "pod"];

    public static Exposition Of(NodeReading reading)
    {
        var text = new Exposition();
        text.Counter("node_cpu_usage_seconds_total", "Processor time of the node in core-seconds.", None, [], Seconds(reading.Node.Cpu?.Total));
        text.Gauge("node_memory_working_set_bytes", "Working set of the node in bytes.", None, [], reading.Node.Memory?.WorkingSet);
        text.Gauge("node_swap_usage_bytes", "Swapped memory of the node in bytes.", None, [], reading.Node.Memory?.Swap);
        foreach (var pod in reading.Pods)
        {
            var (ns, name) = (pod.Pod.Key.Namespace, pod.Pod.Key.Name);
            text.Counter("pod_cpu_usage_seconds_total", "Processor time of the pod in core-seconds.", PodLabels, [ns, name], Seconds(pod.Figures.Cpu?.Total));
            text.Gauge("pod_memory_working_set_bytes", "Working set of the pod in bytes.", PodLabels, [ns, name], pod.Figures.Memory?.WorkingSet);
            text.Gauge("pod_swap_usage_bytes", "Swapped memory of the pod in bytes.", PodLabels, [ns, name], pod.Figures.Memory?.Swap);
            foreach (var container in pod.Containers)
            {
                string[] values = [container.Name, ns, name];
                text.Counter("container_cpu_usage_seconds_total", "Processor time of the container in core-seconds.", ContainerLabels, values, Seconds(container.Figures.Cpu?.Total));
                text.Gauge("container_memory_working_set_bytes", "Working set of the container in bytes.", ContainerLabels, values, container.Figures.Memory?.WorkingSet);
                text.Gauge("container_swap_usage_bytes", "Swapped memory of the container in bytes.", ContainerLabels, values, container.Figures.Memory?.Swap);
                text.Gauge("container_start_time_seconds", "When the container started, in seconds since 1970.", ContainerLabels, values, container.StartedAt.ToUnixTimeMilliseconds() / 1000.0);
            }
        }
        text.Gauge("resource_scrape_error", "1 when the figures could not be read, 0 otherwise.", None, [], 0);
        return text;
    }

    internal static double? Seconds(long? nanos) => nanos / 1e9;
}

using System.Diagnostics;
using Slipway.Node.Pods;

namespace Slipway.Node.Stats;

/// <summary>The kubelet's own <c>/metrics</c>: its pods and the volumes that claims stand behind.</summary>
internal static class KubeletMetrics
{
    private static readonly string[] ClaimLabels = ["namespace", "persistentvolumeclaim"];

    public static Exposition Of(NodeReading reading, DiskReading disk, string nodeName, string version)
    {
        var text = new Exposition();
        text.Gauge("kubelet_node_name", "Always 1; the label is the node's name.", ["node"], [nodeName], 1);
        text.Gauge("kubernetes_build_info", "Always 1; the label says what is served.", ["git_version"], [version], 1);
        text.Gauge("kubelet_running_pods", "Pods that run.", [], [], reading.Pods.Count);
        text.Gauge("kubelet_running_containers", "Containers by their state.", ["container_state"], ["running"], reading.Pods.Sum(p => p.Containers.Count));
        foreach (var pod in reading.Pods)
        {
            foreach (var volume in disk.Volumes.GetValueOrDefault(pod.Pod.Metadata.Uid) ?? [])
            {
                if (volume.Volume.PersistentVolumeClaim is not { } claim)
                    continue;
                string[] values = [pod.Pod.Key.Namespace, claim.ClaimName];
                text.Gauge("kubelet_volume_stats_capacity_bytes", "Bytes that the volume can hold.", ClaimLabels, values, volume.Room.Capacity);
                text.Gauge("kubelet_volume_stats_available_bytes", "Bytes that the volume can still take.", ClaimLabels, values, volume.Room.Available);
                text.Gauge("kubelet_volume_stats_used_bytes", "Bytes that the volume holds.", ClaimLabels, values, volume.Use.Bytes);
                text.Gauge("kubelet_volume_stats_inodes", "Files that the volume can hold.", ClaimLabels, values, volume.Room.Inodes);
                text.Gauge("kubelet_volume_stats_inodes_free", "Files that the volume can still take.", ClaimLabels, values, volume.Room.InodesFree);
                text.Gauge("kubelet_volume_stats_inodes_used", "Files that the volume holds.", ClaimLabels, values, volume.Use.Inodes);
            }
        }
        using var process = Process.GetCurrentProcess();
        text.Counter("process_cpu_seconds_total", "Processor time that the process has taken, in seconds.", [], [], process.TotalProcessorTime.TotalSeconds);
        text.Gauge("process_resident_memory_bytes", "Memory of the process that is in RAM, in bytes.", [], [], process.WorkingSet64);
        text.Gauge("process_start_time_seconds", "When the process started, in seconds since 1970.", [], [], new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0);
        return text;
    }
}

using System.Text;

namespace Slipway.Controllers.Tests.Workloads;

/// <summary>Objects for tables.</summary>
internal static class Make
{
    public static readonly DateTime Now = new(2026, 1, 1, 12, 0, 0, DateTimeKind.Utc);

    /// <summary>A pod from JSON fields beside its metadata: <c>u1 Running ready node=n1 cost=5 age=60 ready=30 x</c>.</summary>
    /// <param name="text">Its uid, then words: a phase, <c>ready</c> (with seconds), <c>x</c> for being deleted, <c>node=</c>, <c>cost=</c>, <c>age=</c> in seconds, <c>restarts=</c>, <c>label=value</c> for others.</param>
    public static PodView Pod(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var pod = new PodView { ApiVersion = "v1", Kind = "Pod", Spec = new(), Status = new() { Phase = "Pending" } };
        pod.Metadata.Uid = pod.Metadata.Name = words[0];
        pod.Metadata.NamespaceProperty = "default";
        pod.Metadata.CreationTimestamp = Now.AddSeconds(-1000);
        pod.Metadata.Labels = new Dictionary<string, string>();
        foreach (var word in words.Skip(1))
        {
            var (name, value) = word.IndexOf('=') is var at and >= 0 ? (word[..at], word[(at + 1)..]) : (word, null);
            switch (name)
            {
                case "x":
                    pod.Metadata.DeletionTimestamp = Now;
                    break;
                case "ready":
                    pod.Status.Phase = "Running";
                    pod.Status.Conditions = [new() { Type = "Ready", Status = "True", LastTransitionTime = Now.AddSeconds(-int.Parse(value ?? "900")) }];
                    break;
                case "node":
                    pod.Spec.NodeName = value;
                    break;
                case "cost":
                    pod.Metadata.Annotations = new Dictionary<string, string> { ["controller.kubernetes.io/pod-deletion-cost"] = value! };
                    break;
                case "age":
                    pod.Metadata.CreationTimestamp = Now.AddSeconds(-int.Parse(value!));
                    break;
                case "restarts":
                    pod.Status.ContainerStatuses = [new() { RestartCount = int.Parse(value!) }];
                    break;
                default:
                    if (value is null)
                        pod.Status.Phase = name;
                    else
                        pod.Metadata.Labels[name] = value;
                    break;
            }
        }
        return pod;
    }

    /// <summary>Pods, separated by commas.</summary>
    public static List<PodView> Pods(string text) => [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Pod)];

    /// <summary>An object from JSON.</summary>
    public static T Read<T>(Slipway.Client.Resource<T> resource, string json) where T : class, k8s.IKubernetesObject<k8s.Models.V1ObjectMeta> =>
        resource.Read(Encoding.UTF8.GetBytes(json));
}

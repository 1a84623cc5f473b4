using System.Text;
using Slipway.Api;

namespace Slipway.Scheduler.Tests;

/// <summary>Pods and nodes from the JSON that says what is special about them.</summary>
internal static class Make
{
    public static PodView PodView(string spec, string name = "pod", string status = "{}", string metadata = "", string ns = "a") =>
        Kinds.Pods.Read(Encoding.UTF8.GetBytes($$"""{"metadata":{"name":"{{name}}","namespace":"{{ns}}","uid":"uid-{{name}}"{{metadata}} },"spec":{{spec}},"status":{{status}} }"""));

    public static PodDemand Pod(string spec, string name = "pod") => PodDemand.Of(PodView(spec, name));

    /// <summary>A pod with a label <c>app</c>.</summary>
    public static PodDemand App(string app, string spec = "{}", string name = "pod", string ns = "a") =>
        PodDemand.Of(PodView(spec, name, metadata: $$""","labels":{"app":"{{app}}"} """, ns: ns));

    /// <summary>No namespace has labels.</summary>
    public static readonly NamespaceLabels NoNamespaces = _ => null;

    /// <summary>A pod with one container that requests these.</summary>
    public static PodDemand Asking(string requests, string name = "pod", string more = "") =>
        Pod($$"""{"containers":[{"name":"c","resources":{"requests":{{{requests}}} } }]{{more}} }""", name);

    public static NodeInfo Node(string name = "n1", string allocatable = "\"cpu\":\"2\",\"memory\":\"4Gi\",\"ephemeral-storage\":\"10Gi\",\"pods\":\"110\"", string spec = "{}", string labels = "") =>
        NodeInfo.Of(NodeView(name, allocatable, spec, labels));

    public static NodeView NodeView(string name = "n1", string allocatable = "\"cpu\":\"2\",\"memory\":\"4Gi\",\"pods\":\"110\"", string spec = "{}", string labels = "") =>
        Kinds.Nodes.Read(Encoding.UTF8.GetBytes($$"""{"metadata":{"name":"{{name}}","labels":{{{labels}} } },"spec":{{spec}},"status":{"allocatable":{{{allocatable}} } } }"""));

    public static ObjectKey Key(string name) => new("a", name);
}

using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules.Pods;

/// <summary>The defaults of pods and pod templates.</summary>
internal static class PodDefaults
{
    private const int FileMode = 420;

    /// <summary>Defaults of a pod, which a template leaves open.</summary>
    public static void ApplyToPod(JsonObject spec)
    {
        ApplyToSpec(spec);
        FieldCheck.SetDefault(spec, "enableServiceLinks", true);
        var hostNetwork = spec.Boolean("hostNetwork") == true;
        foreach (var container in Containers(spec))
        {
            RequestWhatIsLimited(container);
            if (hostNetwork) HostPorts(container);
        }
        PodResourceDefaults.Apply(spec);
    }

    /// <summary>Defaults of a pod's specification, wherever it stands.</summary>
    public static void ApplyToSpec(JsonObject spec)
    {
        FieldCheck.SetDefault(spec, "restartPolicy", "Always");
        FieldCheck.SetDefault(spec, "terminationGracePeriodSeconds", 30);
        FieldCheck.SetDefault(spec, "dnsPolicy", "ClusterFirst");
        FieldCheck.SetDefault(spec, "schedulerName", "default-scheduler");
        FieldCheck.SetDefault(spec, "securityContext", new JsonObject());
        // The two names are the same field, one of them deprecated.
        if (spec.Text("serviceAccountName") is { Length: > 0 } account) spec["serviceAccount"] = account;
        else if (spec.Text("serviceAccount") is { Length: > 0 } deprecated) spec["serviceAccountName"] = deprecated;

        foreach (var volume in spec.Objects("volumes")) ApplyToVolume(volume);
        foreach (var container in Containers(spec)) ApplyToContainer(container);
    }

    /// <summary>Init, ordinary and ephemeral containers.</summary>
    public static IEnumerable<JsonObject> Containers(JsonObject spec) =>
        spec.Objects("initContainers").Concat(spec.Objects("containers")).Concat(spec.Objects("ephemeralContainers"));

    /// <summary><c>Always</c> for images whose tag moves: <c>latest</c>, or none and no digest.</summary>
    public static string PullPolicy(string image)
    {
        if (image.Contains('@')) return "IfNotPresent";
        var name = image[(image.LastIndexOf('/') + 1)..];
        var colon = name.IndexOf(':');
        return colon < 0 || name[(colon + 1)..] == "latest" ? "Always" : "IfNotPresent";
    }

    private static void ApplyToContainer(JsonObject container)
    {
        FieldCheck.SetDefault(container, "imagePullPolicy", PullPolicy(container.Text("image") ?? ""));
        FieldCheck.SetDefault(container, "terminationMessagePath", "/dev/termination-log");
        FieldCheck.SetDefault(container, "terminationMessagePolicy", "File");
        FieldCheck.SetDefault(container, "resources", new JsonObject());
        foreach (var port in container.Objects("ports")) FieldCheck.SetDefault(port, "protocol", "TCP");
        foreach (var variable in container.Objects("env"))
        {
            if (variable.Object("valueFrom")?.Object("fieldRef") is { } field) FieldCheck.SetDefault(field, "apiVersion", "v1");
            if (variable.Object("valueFrom")?.Object("resourceFieldRef") is { } resource) FieldCheck.SetDefault(resource, "divisor", "0");
        }
        foreach (var name in new[] { "livenessProbe", "readinessProbe", "startupProbe" })
            if (container.Object(name) is { } probe) ApplyToProbe(probe);
        foreach (var name in new[] { "postStart", "preStop" })
            if (container.Object("lifecycle")?.Object(name) is { } handler) ApplyToHttp(handler);
    }

    // In the network of the host, a port of the container is one of the host.
    private static void HostPorts(JsonObject container)
    {
        foreach (var port in container.Objects("ports"))
            if (port.Integer("containerPort") is { } number && port.Integer("hostPort") is null or 0) port["hostPort"] = number;
    }

    private static void ApplyToProbe(JsonObject probe)
    {
        foreach (var (name, value) in new[] { ("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3) })
            if (probe.Integer(name) is null or 0) probe[name] = value;
        ApplyToHttp(probe);
    }

    private static void ApplyToHttp(JsonObject handler)
    {
        if (handler.Object("httpGet") is not { } http) return;
        FieldCheck.SetDefault(http, "path", "/");
        FieldCheck.SetDefault(http, "scheme", "HTTP");
    }

    private static void ApplyToVolume(JsonObject volume)
    {
        if (volume.All(p => p.Key == "name" || p.Value is null)) volume["emptyDir"] = new JsonObject();
        foreach (var name in new[] { "secret", "configMap", "projected", "downwardAPI" })
            if (volume.Object(name) is { } files) FieldCheck.SetDefault(files, "defaultMode", FileMode);
        if (volume.Object("image") is { } image) FieldCheck.SetDefault(image, "pullPolicy", PullPolicy(image.Text("reference") ?? ""));
        if (volume.Object("hostPath") is { } hostPath && hostPath["type"] is null) hostPath["type"] = "";
        foreach (var item in volume.Object("downwardAPI")?.Objects("items") ?? []) ApplyToDownward(item);
        foreach (var source in volume.Object("projected")?.Objects("sources") ?? [])
        {
            if (source.Object("serviceAccountToken") is { } token) FieldCheck.SetDefault(token, "expirationSeconds", 3600);
            foreach (var item in source.Object("downwardAPI")?.Objects("items") ?? []) ApplyToDownward(item);
        }
        if (volume.Object("ephemeral")?.Object("volumeClaimTemplate")?.Object("spec") is { } claim) FieldCheck.SetDefault(claim, "volumeMode", "Filesystem");
    }

    private static void ApplyToDownward(JsonObject item)
    {
        if (item.Object("fieldRef") is { } field) FieldCheck.SetDefault(field, "apiVersion", "v1");
        if (item.Object("resourceFieldRef") is { } resource) FieldCheck.SetDefault(resource, "divisor", "0");
    }

    private static void RequestWhatIsLimited(JsonObject container)
    {
        if (container.Object("resources") is not { } resources || resources.Object("limits") is not { Count: > 0 } limits) return;
        var requests = resources.ObjectOrNew("requests");
        foreach (var (name, limit) in limits)
            if (requests[name] is null) requests[name] = limit?.DeepClone();
    }
}

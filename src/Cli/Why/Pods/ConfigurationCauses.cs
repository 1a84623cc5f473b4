using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.Cli.Why.Pods;

/// <summary>Why a container cannot be made from its declaration: what it refers to is missing, or what it asks for contradicts itself.</summary>
internal static class ConfigurationCauses
{
    public static Cause Of(Inquiry inquiry, JsonObject pod, string container, string label, string message, Declaration declared)
    {
        var path = Declaration.Container(pod, container);
        List<Cause> because = [.. Missing(inquiry, pod, container, declared)];
        // What is missing may be something that the reader is not let see.
        if (because.Count == 0 && !message.Contains("not found", StringComparison.Ordinal) && !message.Contains("find key", StringComparison.Ordinal))
            because = [Contradiction(message, path, declared)];
        return new Cause($"{label} cannot be made") { Evidence = [$"CreateContainerConfigError: {Words.OneLine(message)}"], Because = because };
    }

    /// <summary>Objects or keys that are missing and that a container's environment refers to.</summary>
    private static IEnumerable<Cause> Missing(Inquiry inquiry, JsonObject pod, string container, Declaration declared)
    {
        var path = Declaration.Container(pod, container);
        var spec = ContainerCauses.Declared(pod, container) ?? [];
        foreach (var (index, source) in spec.Objects("envFrom").Index())
            foreach (var (kind, field) in ((KindName, string)[])[(KindName.ConfigMap, "configMapRef"), (KindName.Secret, "secretRef")])
                if (source.Object(field) is { } reference && Missing(inquiry, pod.Namespace, kind, reference, $"{path}.envFrom[{index}].{field}", declared) is { } cause)
                    yield return cause;
        foreach (var (index, variable) in spec.Objects("env").Index())
            foreach (var (kind, field) in ((KindName, string)[])[(KindName.ConfigMap, "configMapKeyRef"), (KindName.Secret, "secretKeyRef")])
                if (variable.Object("valueFrom")?.Object(field) is { } reference && Missing(inquiry, pod.Namespace, kind, reference, $"{path}.env[{index}].valueFrom.{field}", declared) is { } cause)
                    yield return cause;
    }

    /// <summary>What is missing of a ConfigMap or Secret, or of its keys, that a reference names; null when nothing is.</summary>
    /// <param name="inquiry">The cluster.</param>
    /// <param name="ns">The pod's namespace.</param>
    /// <param name="kind">ConfigMap or Secret.</param>
    /// <param name="reference">The reference: <c>name</c> (a volume's Secret: <c>secretName</c>), <c>key</c> or <c>items</c>, <c>optional</c>.</param>
    /// <param name="path">The reference's path in the pod's spec.</param>
    /// <param name="declared">Where the pod is declared.</param>
    public static Cause? Missing(Inquiry inquiry, string ns, KindName kind, JsonObject reference, string path, Declaration declared)
    {
        if (reference.Boolean("optional") == true)
            return null;
        var field = reference.ContainsKey("secretName") ? "secretName" : "name";
        var name = reference.Text(field) ?? "";
        string[] keys = reference.Text("key") is { } one ? [one] : [.. reference.Objects("items").Select(item => item.Text("key") ?? "")];
        var create = kind == KindName.Secret
            ? $"kubectl create secret generic {name} {Literals(keys)} -n {ns}"
            : $"kubectl create configmap {name} {Literals(keys)} -n {ns}";
        if (inquiry.IsAbsent(kind, ns, name))
        {
            var near = NearestName.Of(name, inquiry.List(kind, ns).Select(other => other.Name));
            return new Cause($"There is no {kind.Kind} \"{name}\" in namespace {ns}")
            {
                Remedy = near is not null
                    ? declared.Change($"Name \"{near}\", which exists, or create \"{name}\"", $"{path}.{field}", near)
                    : new("Create it") { Command = create },
            };
        }
        if (inquiry.Find(kind, ns, name) is not { } found)
            return null;
        var present = (found.Object("data") ?? []).Concat(found.Object("binaryData") ?? []).Select(entry => entry.Key).ToList();
        if (keys.FirstOrDefault(key => !present.Contains(key)) is not { } missing)
            return null;
        var nearKey = NearestName.Of(missing, present);
        return new Cause($"{kind.Kind} \"{name}\" has no key \"{missing}\"")
        {
            Evidence = [$"{kind.Kind} {name} has {(present.Count == 0 ? "no keys" : $"the {(present.Count == 1 ? "key" : "keys")} {Words.List(present)}")}"],
            Remedy = nearKey is not null
                ? declared.Change($"Name the key \"{nearKey}\"", reference.ContainsKey("key") ? $"{path}.key" : $"{path}.items[{Array.IndexOf(keys, missing)}].key", nearKey)
                : new("Add the key") { Object = $"{kind.Kind.ToLowerInvariant()}/{name}", Path = kind == KindName.Secret ? $"stringData.{missing}" : $"data.{missing}", Value = "VALUE" },
        };
    }

    private static string Literals(string[] keys) =>
        keys.Length == 0 ? "--from-literal=KEY=VALUE" : string.Join(' ', keys.Select(key => $"--from-literal={key}=VALUE"));

    private static Cause Contradiction(string message, string path, Declaration declared)
    {
        if (message.Contains("runAsNonRoot", StringComparison.Ordinal) && message.Contains("non-numeric user", StringComparison.Ordinal))
            return new Cause("runAsNonRoot is asked for, and the image names its user by a name, of which the node cannot tell whether it is root")
            {
                Remedy = declared.Change("Give the user by its number", $"{path}.securityContext.runAsUser", "1000"),
            };
        if (message.Contains("runAsNonRoot", StringComparison.Ordinal) || message.Contains("image will run as root", StringComparison.Ordinal))
            return new Cause("runAsNonRoot is asked for, but the image's user is root")
            {
                Remedy = declared.Change("Run it as another user (or set USER in the image)", $"{path}.securityContext.runAsUser", "1000"),
            };
        return new Cause("Its declaration asks for what the node cannot give") { Remedy = declared.Change("Correct what the message names", path, null) };
    }
}

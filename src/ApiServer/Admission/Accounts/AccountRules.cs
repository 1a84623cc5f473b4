using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Admission.Accounts;

/// <summary>What a service account means for its pods (<see href="https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#serviceaccount-admission-controller"/>).</summary>
internal static class AccountRules
{
    /// <summary>Account of pods that name none.</summary>
    public const string Default = "default";

    /// <summary>Start of the names of volumes with a token.</summary>
    public const string TokenVolume = "kube-api-access-";

    private const string TokenPath = "/var/run/secrets/kubernetes.io/serviceaccount";

    // Clients that reuse a token for an hour do not find it expired.
    private const int TokenSeconds = 3607;
    private const string MirrorAnnotation = "kubernetes.io/config.mirror";

    /// <summary>Whether a pod shows one that a node runs by itself.</summary>
    public static bool IsMirror(JsonObject pod) => pod.Annotations?[MirrorAnnotation] is not null;

    /// <summary>Why a mirror pod is refused; null when it is not.</summary>
    public static string? MirrorFault(JsonObject pod)
    {
        var spec = pod.Object("spec") ?? [];
        if (spec.Text("serviceAccountName") is { Length: > 0 }) return "a mirror pod may not reference service accounts";
        foreach (var volume in spec.Objects("volumes"))
        {
            if (volume["secret"] is not null) return "a mirror pod may not reference secrets";
            if ((volume.Object("projected")?.Objects("sources") ?? []).Any(s => s["serviceAccountToken"] is not null)) return "a mirror pod may not use ServiceAccountToken volume projections";
        }
        return null;
    }

    /// <summary>The account's name, put in when the pod has none.</summary>
    public static string NameOf(JsonObject pod)
    {
        var spec = pod.ObjectOrNew("spec");
        if (spec.Text("serviceAccountName") is { Length: > 0 } name) return name;
        spec["serviceAccountName"] = Default;
        spec["serviceAccount"] = Default;
        return Default;
    }

    /// <summary>Puts in what a pod has of its account.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="account">Its account.</param>
    /// <param name="newVolumeName">Makes the name of a token's volume; null when tokens are not mounted at all.</param>
    public static void Complete(JsonObject pod, AccountView account, Func<string>? newVolumeName)
    {
        var spec = pod.ObjectOrNew("spec");
        if (newVolumeName is not null && (spec.Boolean("automountServiceAccountToken") ?? account.MountsToken ?? true)) MountToken(spec, newVolumeName);
        if (spec.Array("imagePullSecrets") is null or { Count: 0 } && account.PullSecrets.Count > 0)
            spec["imagePullSecrets"] = new JsonArray([.. account.PullSecrets.Select(s => (JsonNode)new JsonObject { ["name"] = s })]);
    }

    /// <summary>Why a pod may not use the secrets that it names; null when it may.</summary>
    public static string? SecretsFault(JsonObject pod, AccountView account)
    {
        if (!account.RestrictsSecrets) return null;
        var spec = pod.Object("spec") ?? [];
        foreach (var volume in spec.Objects("volumes"))
            if (volume.Object("secret")?.Text("secretName") is { } name && !account.Secrets.Contains(name))
                return $"volume with secret.secretName=\"{name}\" is not allowed because service account {account.Name} does not reference that secret";
        foreach (var (container, what) in ContainersOf(spec))
            foreach (var variable in container.Objects("env"))
                if (variable.Object("valueFrom")?.Object("secretKeyRef")?.Text("name") is { } name && !account.Secrets.Contains(name))
                    return $"{what} {container.Text("name")} with envVar {variable.Text("name")} referencing secret.secretName=\"{name}\" is not allowed because service account {account.Name} does not reference that secret";
        var index = 0;
        foreach (var secret in spec.Objects("imagePullSecrets"))
        {
            if (!account.PullSecrets.Contains(secret.Text("name") ?? ""))
                return $"imagePullSecrets[{index}].name=\"{secret.Text("name")}\" is not allowed because service account {account.Name} does not reference that imagePullSecret";
            index++;
        }
        return null;
    }

    private static IEnumerable<(JsonObject Container, string What)> ContainersOf(JsonObject spec) =>
        spec.Objects("initContainers").Select(c => (c, "init container")).Concat(spec.Objects("containers").Select(c => (c, "container")));

    private static void MountToken(JsonObject spec, Func<string> newVolumeName)
    {
        var existing = spec.Objects("volumes").Select(v => v.Text("name") ?? "").FirstOrDefault(n => n.StartsWith(TokenVolume, StringComparison.Ordinal));
        var name = existing ?? newVolumeName();
        var isUsed = false;
        foreach (var (container, _) in ContainersOf(spec))
        {
            if (container.Objects("volumeMounts").Any(m => m.Text("mountPath") == TokenPath)) continue;
            if (container.Array("volumeMounts") is not { } mounts) container["volumeMounts"] = mounts = [];
            mounts.Add((JsonNode)new JsonObject { ["name"] = name, ["readOnly"] = true, ["mountPath"] = TokenPath });
            isUsed = true;
        }
        if (!isUsed || existing is not null) return;
        if (spec.Array("volumes") is not { } volumes) spec["volumes"] = volumes = [];
        volumes.Add((JsonNode)Volume(name));
    }

    private static JsonObject Volume(string name) => new()
    {
        ["name"] = name,
        ["projected"] = new JsonObject
        {
            ["sources"] = new JsonArray(
                new JsonObject { ["serviceAccountToken"] = new JsonObject { ["expirationSeconds"] = TokenSeconds, ["path"] = "token" } },
                new JsonObject
                {
                    ["configMap"] = new JsonObject
                    {
                        ["name"] = "kube-root-ca.crt",
                        ["items"] = new JsonArray(new JsonObject { ["key"] = "ca.crt", ["path"] = "ca.crt" }),
                    },
                },
                new JsonObject
                {
                    ["downwardAPI"] = new JsonObject
                    {
                        ["items"] = new JsonArray(new JsonObject
                        {
                            ["path"] = "namespace",
                            ["fieldRef"] = new JsonObject { ["apiVersion"] = "v1", ["fieldPath"] = "metadata.namespace" },
                        }),
                    },
                }),
            ["defaultMode"] = 420,
        },
    };
}

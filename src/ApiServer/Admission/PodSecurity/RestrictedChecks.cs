using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.ApiServer.Admission.PodSecurity.SecurityViolation;

namespace Slipway.ApiServer.Admission.PodSecurity;

/// <summary>The checks that the level <c>restricted</c> has beyond <c>baseline</c>, seccomp aside.</summary>
internal static class RestrictedChecks
{
    private static readonly string[] AllowedVolumes =
        ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret"];

    private static readonly string[] KnownVolumes =
    [
        "hostPath", "gcePersistentDisk", "awsElasticBlockStore", "gitRepo", "nfs", "iscsi", "glusterfs", "rbd", "flexVolume", "cinder", "cephfs", "flocker",
        "fc", "azureFile", "vsphereVolume", "quobyte", "azureDisk", "photonPersistentDisk", "portworxVolume", "scaleIO", "storageos",
    ];

    public static SecurityViolation? PrivilegeEscalation(PodView pod)
    {
        string[] containers = [.. pod.Containers.Where(c => PodView.SecurityOf(c)?.Boolean("allowPrivilegeEscalation") != false).Select(PodView.Name)];
        return containers.Length == 0 ? null : new("allowPrivilegeEscalation != false", $"{Containers(containers)} must set securityContext.allowPrivilegeEscalation=false");
    }

    public static SecurityViolation? Capabilities(PodView pod)
    {
        var forbidden = new List<string>();
        string[] keeping = [.. pod.Containers.Where(c => !DropsAll(c)).Select(PodView.Name)];
        string[] adding = [.. pod.Containers.Where(AddsOther).Select(PodView.Name)];
        var details = new List<string>();
        if (keeping.Length > 0) details.Add($"{Containers(keeping)} must set securityContext.capabilities.drop=[\"ALL\"]");
        if (adding.Length > 0) details.Add($"{Containers(adding)} must not include {Sorted(forbidden)} in securityContext.capabilities.add");
        return details.Count == 0 ? null : new("unrestricted capabilities", string.Join("; ", details));

        static bool DropsAll(JsonObject container) =>
            PodView.SecurityOf(container)?.Object("capabilities")?.Array("drop")?.Any(c => c.AsText() == "ALL") == true;

        bool AddsOther(JsonObject container)
        {
            string[] other = [.. BaselineChecks.Added(container).Where(c => c != "NET_BIND_SERVICE")];
            forbidden.AddRange(other);
            return other.Length > 0;
        }
    }

    public static SecurityViolation? Volumes(PodView pod)
    {
        var bad = pod.Spec.Objects("volumes").Where(v => !AllowedVolumes.Any(t => v[t] is not null)).ToArray();
        if (bad.Length == 0) return null;
        string[] types = [.. bad.Select(v => KnownVolumes.FirstOrDefault(t => v[t] is not null) ?? "unknown").Distinct()];
        return new("restricted volume types",
            $"{Plural("volume", bad.Length)} {Quoted(bad.Select(PodView.Name))} {(bad.Length == 1 ? "uses" : "use")} {Plural("restricted volume type", types.Length)} {Sorted(types)}");
    }

    public static SecurityViolation? NonRoot(PodView pod)
    {
        var own = pod.Security?.Boolean("runAsNonRoot");
        string[] explicitly = [.. pod.Containers.Where(c => PodView.SecurityOf(c)?.Boolean("runAsNonRoot") == false).Select(PodView.Name)];
        if (own == false || explicitly.Length > 0)
            return new("runAsNonRoot != true", $"{Setters(own == false, explicitly)} must not set securityContext.runAsNonRoot=false");
        if (own == true) return null;
        string[] implicitly = [.. pod.Containers.Where(c => PodView.SecurityOf(c)?.Boolean("runAsNonRoot") is null).Select(PodView.Name)];
        return implicitly.Length == 0 ? null : new("runAsNonRoot != true", $"pod or {Containers(implicitly)} must set securityContext.runAsNonRoot=true");
    }

    public static SecurityViolation? User(PodView pod)
    {
        var own = pod.Security?.Integer("runAsUser") == 0;
        string[] containers = [.. pod.Containers.Where(c => PodView.SecurityOf(c)?.Integer("runAsUser") == 0).Select(PodView.Name)];
        return !own && containers.Length == 0 ? null : new("runAsUser=0", $"{Setters(own, containers)} must not set runAsUser=0");
    }
}

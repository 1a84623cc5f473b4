using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Storage;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>The rules of a pod's volumes.</summary>
internal static class VolumeRules
{
    /// <summary>Checks the volumes and notes those that are valid, for what mounts them.</summary>
    public static void Validate(JsonObject spec, PodScope scope, string path, List<StatusCause> causes)
    {
        if (spec.Array("volumes") is not { Count: > 0 } volumes) return;
        for (var i = 0; i < volumes.Count; i++)
        {
            if (volumes[i] is not JsonObject volume) continue;
            var at = $"{path}.volumes[{i}]";
            var (name, before) = (volume.Text("name") ?? "", causes.Count);
            Source(volume, scope, at, causes);
            RequiredGrammar(volume, "name", Names.LabelError, at, causes);
            if (scope.Volumes.ContainsKey(name)) causes.Add(StatusCause.Duplicate($"{at}.name", Quote(name)));
            if (causes.Count == before) scope.Volumes.Add(name, volume);
            Claim(volume, volumes, scope, at, causes);
        }
    }

    // A claim that is made for the pod cannot be asked for as if it were there before.
    private static void Claim(JsonObject volume, JsonArray volumes, PodScope scope, string path, List<StatusCause> causes)
    {
        if (scope.PodName.Length == 0 || volume.Object("persistentVolumeClaim")?.Text("claimName") is not { } claim) return;
        foreach (var other in volumes)
            if (other is JsonObject { } made && made["ephemeral"] is not null && claim == $"{scope.PodName}-{made.Text("name")}")
                causes.Add(StatusCause.Invalid($"{path}.persistentVolumeClaim.claimName", Quote(claim), "must not reference a PVC that gets created for an ephemeral volume"));
    }

    private static void Source(JsonObject volume, PodScope scope, string path, List<StatusCause> causes)
    {
        var given = 0;
        foreach (var (kind, value) in volume)
        {
            if (kind == "name" || value is not JsonObject source) continue;
            if (++given > 1) causes.Add(StatusCause.Forbidden($"{path}.{kind}", "may not specify more than 1 volume type"));
            else Source(kind, source, volume, scope, path, causes);
        }
        if (given == 0) causes.Add(StatusCause.Required(path, "must specify a volume type"));
    }

    private static void Source(string kind, JsonObject source, JsonObject volume, PodScope scope, string path, List<StatusCause> causes)
    {
        var at = $"{path}.{kind}";
        switch (kind)
        {
            case "emptyDir":
                if (ResourceRules.Read(source["sizeLimit"]) is { Sign: < 0 }) causes.Add(StatusCause.Forbidden($"{at}.sizeLimit", "SizeLimit field must be a valid resource quantity"));
                break;
            case "secret":
                Required(source, "secretName", at, causes);
                Files(source, at, causes);
                break;
            case "configMap":
                Required(source, "name", at, causes);
                Files(source, at, causes);
                break;
            case "downwardAPI":
                Mode(source, "defaultMode", at, causes);
                foreach (var file in source.Objects("items")) DownwardFile(file, at, causes);
                break;
            case "projected":
                ProjectedVolumeRules.Validate(source, at, causes);
                break;
            case "persistentVolumeClaim":
                Required(source, "claimName", at, causes);
                break;
            case "csi":
                VolumeSourceRules.CsiDriver(source, at, causes);
                if (source.Object("nodePublishSecretRef") is { } secret) RequiredGrammar(secret, "name", Names.SubdomainError, $"{at}.nodePublishSecretRef", causes);
                break;
            case "ephemeral":
                Ephemeral(source, volume, scope, at, path, causes);
                break;
            case "image":
                if (scope.IsPod) Required(source, "reference", at, causes);
                Supported(source, "pullPolicy", ["Always", "IfNotPresent", "Never"], at, causes);
                break;
            case "iscsi":
                VolumeSourceRules.Validate(kind, source, isPersistent: false, path, causes);
                if (source["initiatorName"] is not null && $"{volume.Text("name")}:{source.Text("targetPortal")}".Length > 64)
                    causes.Add(StatusCause.Invalid($"{path}.name", Quote(volume.Text("name") ?? ""), "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified."));
                break;
            default:
                VolumeSourceRules.Validate(kind, source, isPersistent: false, path, causes);
                break;
        }
    }

    private static void Ephemeral(JsonObject source, JsonObject volume, PodScope scope, string at, string path, List<StatusCause> causes)
    {
        if (source.Object("volumeClaimTemplate") is not { } template)
        {
            causes.Add(StatusCause.Required($"{at}.volumeClaimTemplate"));
        }
        else
        {
            MetadataRules.ValidateTemplate(template, $"{at}.volumeClaimTemplate.metadata", causes);
            ClaimSpecRules.Validate(template.Object("spec") ?? [], $"{at}.volumeClaimTemplate.spec", causes);
        }
        if (scope.PodName.Length == 0 || volume.Text("name") is not { Length: > 0 } name) return;
        var claim = $"{scope.PodName}-{name}";
        if (Names.SubdomainError(claim) is { } error) causes.Add(StatusCause.Invalid($"{path}.name", Quote(name), $"PVC name \"{claim}\": {error}"));
    }

    /// <summary>Files made of keys.</summary>
    public static void Files(JsonObject source, string path, List<StatusCause> causes)
    {
        Mode(source, "defaultMode", path, causes);
        var i = 0;
        foreach (var item in source.Objects("items"))
        {
            var at = $"{path}.items[{i++}]";
            Required(item, "key", at, causes);
            if (Required(item, "path", at, causes)) UnreservedPath(item.Text("path"), $"{at}.path", causes);
            Mode(item, "mode", at, causes);
        }
    }

    /// <summary>A file that shows a field of the pod or a resource of a container.</summary>
    public static void DownwardFile(JsonObject file, string path, List<StatusCause> causes)
    {
        if (Required(file, "path", path, causes)) UnreservedPath(file.Text("path"), $"{path}.path", causes);
        if (file.Object("fieldRef") is { } field)
        {
            FieldReference.Field(field, ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"], $"{path}.fieldRef", causes);
            if (file["resourceFieldRef"] is not null) causes.Add(StatusCause.Invalid(path, "\"resource\"", "fieldRef and resourceFieldRef can not be specified simultaneously"));
        }
        else if (file.Object("resourceFieldRef") is { } resource)
        {
            FieldReference.Resource(resource, isVolume: true, $"{path}.resourceFieldRef", causes);
        }
        else
        {
            causes.Add(StatusCause.Required(path, "one of fieldRef and resourceFieldRef is required"));
        }
        Mode(file, "mode", path, causes);
    }
}

using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>The rules of a pod's volumes.</summary>
internal static class VolumeRules
{
    private static readonly string[] VolumeFields = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

    /// <summary>Checks the volumes and returns their names.</summary>
    public static HashSet<string> Validate(JsonObject spec, string path, List<StatusCause> causes)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var volume in spec.Objects("volumes"))
        {
            var at = $"{path}.volumes[{i++}]";
            if (Required(volume, "name", at, causes))
            {
                Grammar(volume, "name", Names.LabelError, at, causes);
                if (!names.Add(volume.Text("name")!)) causes.Add(StatusCause.Duplicate($"{at}.name", Quote(volume.Text("name")!)));
            }
            Source(volume, at, causes);
        }
        return names;
    }

    private static void Source(JsonObject volume, string path, List<StatusCause> causes)
    {
        var sources = volume.Where(p => p.Key != "name" && p.Value is JsonObject).Select(p => p.Key).ToArray();
        if (sources.Length == 0) causes.Add(StatusCause.Required(path, "must specify a volume type"));
        foreach (var extra in sources.Skip(1)) causes.Add(StatusCause.Forbidden($"{path}.{extra}", "may not specify more than 1 volume type"));
        if (sources.Length == 0) return;
        var source = volume.Object(sources[0])!;
        var at = $"{path}.{sources[0]}";
        switch (sources[0])
        {
            case "hostPath":
                if (Required(source, "path", at, causes) && source.Text("path")!.Split('/').Contains("..")) causes.Add(StatusCause.Invalid($"{at}.path", Quote(source.Text("path")!), "must not contain '..'"));
                break;
            case "emptyDir":
                if (Quantity.TryParse(source.Text("sizeLimit"), out var size) && size.Sign < 0) causes.Add(StatusCause.Forbidden($"{at}.sizeLimit", "SizeLimit field must be a valid resource quantity"));
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
                Downward(source, at, causes);
                break;
            case "projected":
                Projected(source, at, causes);
                break;
            case "persistentVolumeClaim":
                Required(source, "claimName", at, causes);
                break;
            case "csi":
                Required(source, "driver", at, causes);
                break;
            case "nfs":
                Required(source, "server", at, causes);
                if (Required(source, "path", at, causes) && !source.Text("path")!.StartsWith('/')) causes.Add(StatusCause.Invalid($"{at}.path", Quote(source.Text("path")!), "must be an absolute path"));
                break;
        }
    }

    private static void Projected(JsonObject source, string path, List<StatusCause> causes)
    {
        Mode(source, "defaultMode", path, causes);
        var i = 0;
        foreach (var each in source.Objects("sources"))
        {
            var at = $"{path}.sources[{i++}]";
            var kinds = each.Where(p => p.Value is JsonObject).Select(p => p.Key).ToArray();
            if (kinds.Length != 1) causes.Add(kinds.Length == 0 ? StatusCause.Required(at, "must specify a projection") : StatusCause.Forbidden($"{at}.{kinds[1]}", "may not specify more than 1 volume type per source"));
            foreach (var kind in kinds)
            {
                var projection = each.Object(kind)!;
                if (kind is "secret" or "configMap")
                {
                    Required(projection, "name", $"{at}.{kind}", causes);
                    Files(projection, $"{at}.{kind}", causes);
                }
                if (kind == "downwardAPI") Downward(projection, $"{at}.{kind}", causes);
                if (kind != "serviceAccountToken") continue;
                Required(projection, "path", $"{at}.{kind}", causes);
                LocalPath(projection.Text("path"), $"{at}.{kind}.path", causes);
                if (projection.Integer("expirationSeconds") < 600) causes.Add(StatusCause.Invalid($"{at}.{kind}.expirationSeconds", projection["expirationSeconds"].Shown(), "may not specify a duration less than 10 minutes"));
            }
        }
    }

    private static void Files(JsonObject source, string path, List<StatusCause> causes)
    {
        Mode(source, "defaultMode", path, causes);
        var i = 0;
        foreach (var item in source.Objects("items"))
        {
            var at = $"{path}.items[{i++}]";
            Required(item, "key", at, causes);
            if (Required(item, "path", at, causes)) LocalPath(item.Text("path"), $"{at}.path", causes);
            Mode(item, "mode", at, causes);
        }
    }

    private static void Downward(JsonObject source, string path, List<StatusCause> causes)
    {
        var i = 0;
        foreach (var item in source.Objects("items"))
        {
            var at = $"{path}.items[{i++}]";
            if (Required(item, "path", at, causes)) LocalPath(item.Text("path"), $"{at}.path", causes);
            Mode(item, "mode", at, causes);
            if (item.Object("fieldRef") is { } field) FieldReference.Validate(field, VolumeFields, $"{at}.fieldRef", causes);
            else if (item.Object("resourceFieldRef") is null) causes.Add(StatusCause.Required(at, "one of fieldRef and resourceFieldRef is required"));
        }
    }
}

/// <summary>The rules of references to a pod's own fields.</summary>
internal static class FieldReference
{
    public static void Validate(JsonObject reference, string[] supported, string path, List<StatusCause> causes)
    {
        if (!Required(reference, "fieldPath", path, causes)) return;
        var field = reference.Text("fieldPath")!;
        var bracket = field.IndexOf("['", StringComparison.Ordinal);
        if (bracket > 0 && field.EndsWith("']", StringComparison.Ordinal) && field[..bracket] is "metadata.labels" or "metadata.annotations")
        {
            if (Names.QualifiedNameError(field[(bracket + 2)..^2].ToLowerInvariant()) is { } error) causes.Add(StatusCause.Invalid($"{path}.fieldPath", Quote(field), error));
        }
        else if (!supported.Contains(field))
        {
            causes.Add(StatusCause.NotSupported($"{path}.fieldPath", Quote(field), supported));
        }
    }
}

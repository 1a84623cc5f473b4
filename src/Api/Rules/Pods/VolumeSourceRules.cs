using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>The rules of the sources that pods' volumes and persistent volumes share, most of them of storage vendors.</summary>
internal static partial class VolumeSourceRules
{
    private static readonly string[] HostPathTypes = ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];

    /// <param name="kind">Name of the field that holds the source.</param>
    /// <param name="source">The source.</param>
    /// <param name="isPersistent">Whether it is a persistent volume's, whose secrets may be of any namespace.</param>
    /// <param name="path">Path of what holds it.</param>
    /// <param name="causes">Where findings go.</param>
    public static void Validate(string kind, JsonObject source, bool isPersistent, string path, List<StatusCause> causes)
    {
        var at = $"{path}.{(kind == "gcePersistentDisk" ? "persistentDisk" : kind)}";
        switch (kind)
        {
            case "hostPath":
                if (Required(source, "path", at, causes)) NoBacksteps(source.Text("path")!, $"{at}.path", causes);
                if (source.Text("type") is { } type && !HostPathTypes.Contains(type)) causes.Add(StatusCause.NotSupported($"{at}.type", Quote(type), HostPathTypes));
                break;
            case "nfs":
                Required(source, "server", at, causes);
                Required(source, "path", at, causes);
                if (source.Text("path")?.StartsWith('/') != true) causes.Add(StatusCause.Invalid($"{at}.path", Quote(source.Text("path") ?? ""), "must be an absolute path"));
                break;
            case "iscsi":
                Iscsi(source, at, causes);
                break;
            case "fc":
                FibreChannel(source, at, causes);
                break;
            case "gitRepo":
                Required(source, "repository", at, causes);
                LocalPath(source.Text("directory"), $"{at}.directory", causes);
                break;
            case "gcePersistentDisk" or "awsElasticBlockStore":
                Required(source, kind == "gcePersistentDisk" ? "pdName" : "volumeID", at, causes);
                if (source.Integer("partition") is < 0 or > 255) causes.Add(StatusCause.Invalid($"{at}.partition", source["partition"].Shown(), "must be between 1 and 255, inclusive"));
                break;
            case "local":
                if (Required(source, "path", at, causes)) NoBacksteps(source.Text("path")!, $"{at}.path", causes);
                break;
            case "flexVolume":
                Flex(source, at, causes);
                break;
            case "azureDisk":
                AzureDisk(source, at, causes);
                break;
            case "flocker":
                Flocker(source, at, causes);
                break;
            case "quobyte":
                Quobyte(source, at, causes);
                break;
            case "storageos":
                RequiredGrammar(source, "volumeName", Names.LabelError, at, causes);
                Grammar(source, "volumeNamespace", Names.LabelError, at, causes);
                break;
            case "rbd" or "cephfs":
                if (source.Array("monitors") is not { Count: > 0 }) causes.Add(StatusCause.Required($"{at}.monitors"));
                if (kind == "rbd") Required(source, "image", at, causes);
                break;
            default:
                foreach (var name in RequiredFields(kind)) Required(source, name, at, causes);
                if (kind == "azureFile" && source.Text("secretNamespace") == "") causes.Add(StatusCause.Required($"{at}.secretNamespace"));
                break;
        }
        if (kind is not ("cinder" or "storageos" or "iscsi") || source.Object("secretRef") is not { } secret) return;
        Required(secret, "name", $"{at}.secretRef", causes);
        if (isPersistent && kind != "iscsi") Required(secret, "namespace", $"{at}.secretRef", causes);
    }

    /// <summary>The driver of a CSI volume.</summary>
    public static void CsiDriver(JsonObject source, string path, List<StatusCause> causes)
    {
        if (CsiDriverName(source.Text("driver") ?? "", $"{path}.driver") is { } cause) causes.Add(cause);
    }

    /// <summary>What is wrong with the name of a CSI driver, or null.</summary>
    public static StatusCause? CsiDriverName(string name, string path)
    {
        if (name.Length == 0) return StatusCause.Required(path);
        if (name.Length > 63) return TooLong(path, 63);
        return Names.SubdomainError(name.ToLowerInvariant()) is { } error ? StatusCause.Invalid(path, Quote(name), error) : null;
    }

    private static string[] RequiredFields(string kind) => kind switch
    {
        "glusterfs" => ["endpoints", "path"],
        "cinder" or "portworxVolume" => ["volumeID"],
        "vsphereVolume" => ["volumePath"],
        "photonPersistentDisk" => ["pdID"],
        "scaleIO" => ["gateway", "system", "volumeName"],
        "azureFile" => ["secretName", "shareName"],
        _ => [],
    };

    private static void Iscsi(JsonObject source, string path, List<StatusCause> causes)
    {
        Required(source, "targetPortal", path, causes);
        if (Required(source, "iqn", path, causes)) Qualified(source.Text("iqn")!, $"{path}.iqn");
        if (source.Integer("lun") is < 0 or > 255) causes.Add(StatusCause.Invalid($"{path}.lun", source["lun"].Shown(), "must be between 0 and 255, inclusive"));
        if ((source.Boolean("chapAuthDiscovery") == true || source.Boolean("chapAuthSession") == true) && source.Object("secretRef") is null) causes.Add(StatusCause.Required($"{path}.secretRef"));
        if (source.Text("initiatorName") is { } initiator) Qualified(initiator, $"{path}.initiatorname");

        void Qualified(string name, string at)
        {
            var form = name.StartsWith("iqn", StringComparison.Ordinal) ? Iqn() : name.StartsWith("eui", StringComparison.Ordinal) ? Eui() : name.StartsWith("naa", StringComparison.Ordinal) ? Naa() : null;
            if (form is null) causes.Add(StatusCause.Invalid(at, Quote(name), "must be valid format starting with iqn, eui, or naa"));
            else if (!form.IsMatch(name)) causes.Add(StatusCause.Invalid(at, Quote(name), "must be valid format"));
        }
    }

    private static void FibreChannel(JsonObject source, string path, List<StatusCause> causes)
    {
        var (names, ids) = (source.Array("targetWWNs") is { Count: > 0 }, source.Array("wwids") is { Count: > 0 });
        if (!names && !ids) causes.Add(StatusCause.Required($"{path}.targetWWNs", "must specify either targetWWNs or wwids, but not both"));
        if (names && ids) causes.Add(StatusCause.Invalid($"{path}.targetWWNs", source["targetWWNs"].Shown(), "targetWWNs and wwids can not be specified simultaneously"));
        if (!names) return;
        if (source["lun"] is null) causes.Add(StatusCause.Required($"{path}.lun", "lun is required if targetWWNs is specified"));
        else Between(source, "lun", 0, 255, path, causes);
    }

    private static void Flex(JsonObject source, string path, List<StatusCause> causes)
    {
        Required(source, "driver", path, causes);
        foreach (var (option, _) in source.Object("options") ?? [])
        {
            var domain = "." + option.Split('/')[0].ToLowerInvariant();
            if (domain.EndsWith(".kubernetes.io", StringComparison.Ordinal) || domain.EndsWith(".k8s.io", StringComparison.Ordinal))
                causes.Add(StatusCause.Invalid($"{path}.options[{option}]", Quote(option), "kubernetes.io and k8s.io namespaces are reserved"));
        }
    }

    private static void AzureDisk(JsonObject source, string path, List<StatusCause> causes)
    {
        Required(source, "diskName", path, causes);
        Required(source, "diskURI", path, causes);
        Supported(source, "cachingMode", ["None", "ReadOnly", "ReadWrite"], path, causes);
        Supported(source, "kind", ["Dedicated", "Managed", "Shared"], path, causes);
        if (source.Text("kind") is not { } kind) return;
        var uri = source.Text("diskURI") ?? "";
        if (kind == "Managed" && !uri.StartsWith("/subscriptions/", StringComparison.Ordinal))
            causes.Add(StatusCause.NotSupported($"{path}.diskURI", Quote(uri), ["/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"]));
        if (kind != "Managed" && !uri.StartsWith("https://", StringComparison.Ordinal))
            causes.Add(StatusCause.NotSupported($"{path}.diskURI", Quote(uri), ["https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"]));
    }

    private static void Flocker(JsonObject source, string path, List<StatusCause> causes)
    {
        var (name, id) = (source.Text("datasetName") ?? "", source.Text("datasetUUID") ?? "");
        if (name.Length == 0 && id.Length == 0) causes.Add(StatusCause.Required(path, "one of datasetName and datasetUUID is required"));
        if (name.Length > 0 && id.Length > 0) causes.Add(StatusCause.Invalid(path, "\"resource\"", "datasetName and datasetUUID can not be specified simultaneously"));
        if (name.Contains('/')) causes.Add(StatusCause.Invalid($"{path}.datasetName", Quote(name), "must not contain '/'"));
    }

    private static void Quobyte(JsonObject source, string path, List<StatusCause> causes)
    {
        const string rule = "must be a host:port pair or multiple pairs separated by commas";
        var registry = source.Text("registry") ?? "";
        if (registry.Length == 0) causes.Add(StatusCause.Required($"{path}.registry", rule));
        else if (source.Text("tenant")?.Length >= 65) causes.Add(StatusCause.Required($"{path}.tenant", "must be a UUID and may not exceed a length of 64 characters"));
        else if (registry.Split(',').Any(p => p.LastIndexOf(':') < 0)) causes.Add(StatusCause.Invalid($"{path}.registry", Quote(registry), rule));
        Required(source, "volume", path, causes);
    }

    [GeneratedRegex(@"iqn\.\d{4}-\d{2}\.([A-Za-z0-9.-]+)(:[^,;*&$|\s]+)\z")]
    private static partial Regex Iqn();

    [GeneratedRegex(@"^eui.[A-Za-z0-9]{16}\z")]
    private static partial Regex Eui();

    [GeneratedRegex(@"^naa.[A-Za-z0-9]{32}\z")]
    private static partial Regex Naa();
}

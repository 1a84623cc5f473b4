using System.Text.Json.Nodes;

namespace Slipway.Controllers.Tests.Volumes;

/// <summary>Volumes and claims for tables.</summary>
internal static class Storage
{
    private static readonly char[] Space = [' '];

    /// <summary>A claim: <c>data size=1Gi class=fast modes=RWO volume=pv bound node=n1 x</c>; its uid is its name with <c>u-</c> before it.</summary>
    public static ClaimView Claim(string text)
    {
        var (name, words) = Words(text);
        var annotations = new JsonObject();
        if (words.ContainsKey("bound")) annotations[VolumeAnnotations.BindCompleted] = "yes";
        if (words.TryGetValue("node", out var node)) annotations[VolumeAnnotations.SelectedNode] = node;
        return Workloads.Make.Read(Kinds.Claims, new JsonObject
        {
            ["metadata"] = Metadata(name, words, annotations),
            ["spec"] = new JsonObject
            {
                ["accessModes"] = Modes(words),
                ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["storage"] = words.GetValueOrDefault("size", "1Gi") } },
                ["storageClassName"] = words.GetValueOrDefault("class"),
                ["volumeName"] = words.GetValueOrDefault("volume"),
                ["volumeMode"] = words.GetValueOrDefault("mode"),
                ["selector"] = words.TryGetValue("disk", out var disk) ? new JsonObject { ["matchLabels"] = new JsonObject { ["disk"] = disk } } : null,
            },
            ["status"] = new JsonObject { ["phase"] = words.GetValueOrDefault("phase", "Pending") },
        }.ToJsonString());
    }

    /// <summary>A volume: <c>pv size=1Gi class=fast modes=RWO for=data uid=u-data phase=Available policy=Delete by=me auto x</c>.</summary>
    public static VolumeView Volume(string text)
    {
        var (name, words) = Words(text);
        var annotations = new JsonObject();
        if (words.ContainsKey("auto")) annotations[VolumeAnnotations.BoundByController] = "yes";
        if (words.TryGetValue("by", out var provisioner)) annotations[VolumeAnnotations.ProvisionedBy] = provisioner;
        var metadata = Metadata(name, words, annotations);
        if (words.TryGetValue("disk", out var disk)) metadata["labels"] = new JsonObject { ["disk"] = disk };
        return Workloads.Make.Read(Kinds.Volumes, new JsonObject
        {
            ["metadata"] = metadata,
            ["spec"] = new JsonObject
            {
                ["accessModes"] = Modes(words),
                ["capacity"] = new JsonObject { ["storage"] = words.GetValueOrDefault("size", "1Gi") },
                ["storageClassName"] = words.GetValueOrDefault("class"),
                ["volumeMode"] = words.GetValueOrDefault("mode"),
                ["persistentVolumeReclaimPolicy"] = words.GetValueOrDefault("policy", "Retain"),
                ["claimRef"] = words.TryGetValue("for", out var claim)
                    ? new JsonObject { ["namespace"] = "default", ["name"] = claim, ["uid"] = words.GetValueOrDefault("uid") } : null,
            },
            ["status"] = new JsonObject { ["phase"] = words.GetValueOrDefault("phase", "Available") },
        }.ToJsonString());
    }

    /// <summary>Volumes, separated by commas.</summary>
    public static List<VolumeView> Volumes(string text) => [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Volume)];

    private static JsonObject Metadata(string name, Dictionary<string, string> words, JsonObject annotations) => new()
    {
        ["name"] = name,
        ["namespace"] = "default",
        ["uid"] = $"u-{name}",
        ["resourceVersion"] = "1",
        ["annotations"] = annotations,
        ["deletionTimestamp"] = words.ContainsKey("x") ? "2026-01-01T00:00:00Z" : null,
    };

    private static JsonArray Modes(Dictionary<string, string> words) => new([.. words.GetValueOrDefault("modes", "ReadWriteOnce").Split('+').Select(mode => (JsonNode)mode)]);

    private static (string Name, Dictionary<string, string> Words) Words(string text)
    {
        var words = text.Split(Space, StringSplitOptions.RemoveEmptyEntries);
        return (words[0], words.Skip(1).Select(word => word.Split('=')).ToDictionary(pair => pair[0], pair => pair.Length > 1 ? pair[1] : ""));
    }
}

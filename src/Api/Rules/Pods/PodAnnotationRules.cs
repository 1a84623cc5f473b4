using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>The rules of annotations that mean something on pods.</summary>
internal static class PodAnnotationRules
{
    public const string Mirror = "kubernetes.io/config.mirror";
    public const string AppArmorPrefix = "container.apparmor.security.beta.kubernetes.io/";
    private const string DeletionCost = "controller.kubernetes.io/pod-deletion-cost";

    public static void Validate(JsonObject? annotations, JsonObject spec, string path, List<StatusCause> causes)
    {
        foreach (var (key, value) in annotations ?? [])
        {
            var text = value.AsText() ?? "";
            if (key == Mirror && string.IsNullOrEmpty(spec.Text("nodeName"))) causes.Add(StatusCause.Invalid($"{path}[{key}]", Quote(text), "must set spec.nodeName if mirror pod annotation is set"));
            else if (key == DeletionCost && !IsCost(text)) causes.Add(StatusCause.Invalid($"{path}[{key}]", Quote(text), "must be a 32bit integer"));
            else if (key.StartsWith(AppArmorPrefix, StringComparison.Ordinal)) AppArmor(key, text, spec, path, causes);
        }
    }

    /// <summary>Who made a pod, and under which profile it runs, does not change.</summary>
    public static void ValidateUpdate(JsonObject? old, JsonObject? updated, string path, List<StatusCause> causes)
    {
        foreach (var (key, value) in old ?? [])
            if (IsFixed(key) && !JsonNode.DeepEquals(value, updated?[key])) causes.Add(StatusCause.Forbidden($"{path}[{key}]", $"may not remove or update {Name(key)}"));
        foreach (var (key, _) in updated ?? [])
            if (IsFixed(key) && old?.ContainsKey(key) != true) causes.Add(StatusCause.Forbidden($"{path}[{key}]", $"may not add {Name(key)}"));
    }

    private static bool IsFixed(string key) => key == Mirror || key.StartsWith(AppArmorPrefix, StringComparison.Ordinal);

    private static string Name(string key) => key == Mirror ? "mirror pod annotation" : "AppArmor annotations";

    // Without leading zeros or a plus sign, so that each cost is written in one way.
    private static bool IsCost(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var cost) && cost.ToString(CultureInfo.InvariantCulture) == text;

    private static void AppArmor(string key, string profile, JsonObject spec, string path, List<StatusCause> causes)
    {
        var container = key[AppArmorPrefix.Length..];
        if (!PodDefaults.Containers(spec).Any(c => c.Text("name") == container)) causes.Add(StatusCause.Invalid($"{path}[{key}]", Quote(container), "container not found"));
        if (profile is not ("" or "runtime/default" or "unconfined") && !profile.StartsWith("localhost/", StringComparison.Ordinal))
            causes.Add(StatusCause.Invalid($"{path}[{key}]", Quote(profile), $"invalid AppArmor profile name: \"{profile}\""));
    }
}

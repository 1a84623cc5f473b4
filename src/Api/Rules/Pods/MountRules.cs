using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>The rules of what a container mounts, as files or as block devices.</summary>
internal static class MountRules
{
    public static void Validate(JsonObject container, PodScope scope, string path, List<StatusCause> causes)
    {
        var (mounts, devices) = (container.Array("volumeMounts"), container.Array("volumeDevices"));
        if (mounts is { Count: > 0 }) Mounts(container, mounts, devices, scope, $"{path}.volumeMounts", causes);
        if (devices is { Count: > 0 }) Devices(devices, mounts, scope, $"{path}.volumeDevices", causes);
    }

    private static void Mounts(JsonObject container, JsonArray mounts, JsonArray? devices, PodScope scope, string path, List<StatusCause> causes)
    {
        var points = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < mounts.Count; i++)
        {
            if (mounts[i] is not JsonObject mount) continue;
            var at = $"{path}[{i}]";
            var (name, point) = (mount.Text("name") ?? "", mount.Text("mountPath") ?? "");
            if (name.Length == 0) causes.Add(StatusCause.Required($"{at}.name"));
            var isKnown = scope.Volumes.TryGetValue(name, out var volume);
            if (!isKnown) causes.Add(NotFound($"{at}.name", name));
            if (point.Length == 0) causes.Add(StatusCause.Required($"{at}.mountPath"));
            if (!points.Add(point)) causes.Add(StatusCause.Invalid($"{at}.mountPath", Quote(point), "must be unique"));
            if (Has(devices, "name", name)) causes.Add(StatusCause.Invalid($"{at}.name", Quote(name), "must not already exist in volumeDevices"));
            if (Has(devices, "devicePath", point)) causes.Add(StatusCause.Invalid($"{at}.mountPath", Quote(point), "must not already exist as a path in volumeDevices"));
            SubPaths(mount, path, at, causes);
            Propagation(container, mount, path, causes);
        }
    }

    private static void SubPaths(JsonObject mount, string path, string at, List<StatusCause> causes)
    {
        LocalPath(mount.Text("subPath"), $"{path}.subPath", causes);
        if (mount.Text("subPathExpr") is not { Length: > 0 } expression) return;
        if (!string.IsNullOrEmpty(mount.Text("subPath"))) causes.Add(StatusCause.Invalid($"{at}.subPathExpr", Quote(expression), "subPathExpr and subPath are mutually exclusive"));
        LocalPath(expression, $"{path}.subPathExpr", causes);
    }

    private static void Propagation(JsonObject container, JsonObject mount, string path, List<StatusCause> causes)
    {
        var propagation = mount.Text("mountPropagation");
        Supported(mount, "mountPropagation", ["Bidirectional", "HostToContainer", "None"], path, causes);
        if (propagation == "Bidirectional" && container.Object("securityContext")?.Boolean("privileged") != true)
            causes.Add(StatusCause.Forbidden($"{path}.mountPropagation", "Bidirectional mount propagation is available only to privileged containers"));
        Supported(mount, "recursiveReadOnly", ["Disabled", "Enabled", "IfPossible"], path, causes);
        if (mount.Text("recursiveReadOnly") is not ("Enabled" or "IfPossible")) return;
        if (mount.Boolean("readOnly") != true) causes.Add(StatusCause.Forbidden($"{path}.recursiveReadOnly", "may only be specified when readOnly is true"));
        if (propagation is not (null or "None")) causes.Add(StatusCause.Forbidden($"{path}.recursiveReadOnly", "may only be specified when mountPropagation is None or not specified"));
    }

    private static void Devices(JsonArray devices, JsonArray? mounts, PodScope scope, string path, List<StatusCause> causes)
    {
        var (names, paths) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        for (var i = 0; i < devices.Count; i++)
        {
            if (devices[i] is not JsonObject device) continue;
            var at = $"{path}[{i}]";
            var (name, point) = (device.Text("name") ?? "", device.Text("devicePath") ?? "");
            if (name.Length == 0) causes.Add(StatusCause.Required($"{at}.name"));
            else if (!names.Add(name)) causes.Add(StatusCause.Invalid($"{at}.name", Quote(name), "must be unique"));
            if (!scope.Volumes.TryGetValue(name, out var volume)) causes.Add(NotFound($"{at}.name", name));
            else if (volume["persistentVolumeClaim"] is null && volume["ephemeral"] is null) causes.Add(StatusCause.Invalid($"{at}.name", Quote(name), "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"));
            if (point.Length == 0) causes.Add(StatusCause.Required($"{at}.devicePath"));
            if (HasBacksteps(point)) causes.Add(StatusCause.Invalid($"{at}.devicePath", Quote(point), "can not contain backsteps ('..')"));
            else if (!paths.Add(point)) causes.Add(StatusCause.Invalid($"{at}.devicePath", Quote(point), "must be unique"));
            if (Has(mounts, "name", name)) causes.Add(StatusCause.Invalid($"{at}.name", Quote(name), "must not already exist in volumeMounts"));
            if (Has(mounts, "mountPath", point)) causes.Add(StatusCause.Invalid($"{at}.devicePath", Quote(point), "must not already exist as a path in volumeMounts"));
        }
    }

    private static bool Has(JsonArray? list, string field, string value)
    {
        for (var i = 0; i < (list?.Count ?? 0); i++)
            if (list![i] is JsonObject item && item.Text(field) == value) return true;
        return false;
    }
}

using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Devices;

/// <summary>ResourceSlice (resource.k8s.io/v1): devices that a driver offers, in a pool, on a node or several.</summary>
internal sealed partial class ResourceSliceRules : KindRules
{
    private const int MaxDevices = 128;
    private const int MaxDevicesWithMore = 64;
    private const int MaxCounterSets = 8;
    private const int MaxCounters = 32;
    private const int MaxConsumptions = 2;
    private const int MaxAttributes = 32;
    private const int MaxValueBytes = 64;
    private const int MaxTaints = 16;
    private const string OnePlace = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
    private const string OneDevicePlace = "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec";
    private static readonly string[] ListValues = ["bools", "ints", "strings", "versions"];

    public override bool IsNamespaced => false;

    public override bool HasGeneration => true;

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        DeviceNames.Driver(spec.Text("driver") ?? "", "spec.driver", causes);
        var pool = spec.Object("pool") ?? [];
        DeviceNames.Pool(pool.Text("name") ?? "", "spec.pool.name", causes);
        if ((pool.Integer("resourceSliceCount") ?? 0) is <= 0 and var count) causes.Add(StatusCause.Invalid("spec.pool.resourceSliceCount", $"{count}", "must be greater than zero"));
        if (pool.Integer("generation") is < 0 and var generation) causes.Add(StatusCause.Invalid("spec.pool.generation", $"{generation}", "must be greater than or equal to zero"));
        Place(spec, causes);
        if (spec["sharedCounters"] is not null && spec["devices"] is not null) causes.Add(StatusCause.Invalid("spec", "\"\"", "only one of `sharedCounters` or `devices` is allowed"));
        Devices(spec, causes);
        CounterSets(spec.Array("sharedCounters"), "name", MaxCounterSets, "spec.sharedCounters", causes);
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        ValidateSpec(updated, causes);
        var (before, after) = (old.Object("spec") ?? [], updated.Object("spec") ?? []);
        Immutable(before.Object("pool")?["name"], after.Object("pool")?["name"], "spec.pool.name", causes);
        foreach (var name in (ReadOnlySpan<string>)["driver", "nodeName"]) Immutable(before[name], after[name], $"spec.{name}", causes);
    }

    private static void Place(JsonObject spec, List<StatusCause> causes)
    {
        var places = new List<string>();
        NodeName(spec, "spec", "must be either unset or set to a non-empty string", places, causes);
        if (spec.Object("nodeSelector") is { } selector)
        {
            places.Add("`nodeSelector`");
            AffinityRules.NodeSelector(selector, "spec.nodeSelector", causes);
            var terms = selector.Array("nodeSelectorTerms") ?? [];
            // With one each, the selectors of several slices can be put together.
            if (terms.Count != 1) causes.Add(StatusCause.Invalid("spec.nodeSelector.nodeSelectorTerms", terms.Shown(), "must have exactly one node selector term"));
        }
        foreach (var name in (ReadOnlySpan<string>)["allNodes", "perDeviceNodeSelection"]) OnlyTrue(spec, name, "spec", places, causes);
        if (places.Count == 0) causes.Add(StatusCause.Required("spec", OnePlace));
        else if (places.Count > 1) causes.Add(StatusCause.Invalid("spec", Quote($"{{{string.Join(", ", places)}}}"), $"{OnePlace}, but multiple fields are set"));
    }

    private static void NodeName(JsonObject holder, string path, string ifEmpty, List<string> places, List<StatusCause> causes)
    {
        if (holder.Text("nodeName") is not { } node) return;
        if (node.Length == 0)
        {
            causes.Add(StatusCause.Invalid($"{path}.nodeName", "\"\"", ifEmpty));
            return;
        }
        places.Add("`nodeName`");
        Grammar(holder, "nodeName", Names.SubdomainError, path, causes);
    }

    private static void OnlyTrue(JsonObject holder, string name, string path, List<string> places, List<StatusCause> causes)
    {
        if (holder.Boolean(name) is not { } set) return;
        if (set) places.Add($"`{name}`");
        else causes.Add(StatusCause.Invalid($"{path}.{name}", "false", "must be either unset or set to true"));
    }

    private static void Devices(JsonObject spec, List<StatusCause> causes)
    {
        var devices = spec.Array("devices");
        var needsMore = spec.Objects("devices").Any(d => d.Array("taints") is { Count: > 0 } || d.Array("consumesCounters") is { Count: > 0 }
            || (d.Object("attributes") ?? []).Any(a => a.Value is JsonObject value && ListValues.Any(value.ContainsKey)));
        var most = needsMore ? MaxDevicesWithMore : MaxDevices;
        AtMost(devices, most, "spec.devices", causes);
        if (devices?.Count > most) return;
        var names = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var device in spec.Objects("devices"))
        {
            var at = $"spec.devices[{i++}]";
            Device(device, spec.Boolean("perDeviceNodeSelection") == true, at, causes);
            if (!names.Add(device.Text("name") ?? "")) causes.Add(StatusCause.Duplicate(at, Quote(device.Text("name") ?? "")));
        }
    }

    private static void Device(JsonObject device, bool hasOwnPlace, string path, List<StatusCause> causes)
    {
        var name = device.Text("name") ?? "";
        if (Names.LabelError(name) is { } error) causes.Add(StatusCause.Invalid($"{path}.name", Quote(name), error));
        var (attributes, capacity) = (device.Object("attributes") ?? [], device.Object("capacity") ?? []);
        if (attributes.Count + capacity.Count is > MaxAttributes and var count) causes.Add(StatusCause.Invalid(path, $"{count}", $"the total number of attributes and capacities must not exceed {MaxAttributes}"));
        foreach (var (key, value) in attributes)
        {
            DeviceNames.Qualified(key, $"{path}.attributes", causes);
            Attribute(value as JsonObject ?? [], $"{path}.attributes[{key}]", causes);
        }
        foreach (var (key, value) in capacity)
        {
            DeviceNames.Qualified(key, $"{path}.capacity", causes);
            if (value is JsonObject given && given["requestPolicy"] is not null && device.Boolean("allowMultipleAllocations") != true)
                causes.Add(StatusCause.Forbidden($"{path}.capacity[{key}].requestPolicy", "allowMultipleAllocations must be true"));
        }
        AtMost(device.Array("taints"), MaxTaints, $"{path}.taints", causes);
        var i = 0;
        foreach (var taint in device.Objects("taints")) DeviceNames.Taint(taint, $"{path}.taints[{i++}]", causes);
        CounterSets(device.Array("consumesCounters"), "counterSet", MaxConsumptions, $"{path}.consumesCounters", causes);
        DevicePlace(device, hasOwnPlace, path, causes);
        Binding(device, path, causes);
    }

    private static void DevicePlace(JsonObject device, bool hasOwnPlace, string path, List<StatusCause> causes)
    {
        if (!hasOwnPlace)
        {
            if (device["nodeName"] is not null || device["nodeSelector"] is not null || device["allNodes"] is not null)
                causes.Add(StatusCause.Invalid(path, "null", "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec"));
            return;
        }
        var places = new List<string>();
        NodeName(device, path, "must not be empty", places, causes);
        if (device.Object("nodeSelector") is { } selector)
        {
            places.Add("`nodeSelector`");
            AffinityRules.NodeSelector(selector, $"{path}.nodeSelector", causes);
        }
        OnlyTrue(device, "allNodes", path, places, causes);
        if (places.Count == 0) causes.Add(StatusCause.Required(path, OneDevicePlace));
        else if (places.Count > 1) causes.Add(StatusCause.Invalid(path, Quote($"{{{string.Join(", ", places)}}}"), OneDevicePlace));
    }

    private static void Attribute(JsonObject attribute, string path, List<StatusCause> causes)
    {
        var given = attribute.Count(p => p.Value is not null);
        Text(attribute["string"], $"{path}.string", causes);
        Version(attribute["version"], $"{path}.version", causes);
        foreach (var name in ListValues)
        {
            if (attribute.Array(name) is not { } values) continue;
            if (values.Count == 0) causes.Add(StatusCause.Invalid($"{path}.{name}", "[]", "must not be empty if specified"));
            for (var i = 0; i < values.Count; i++)
            {
                if (name == "strings") Text(values[i], $"{path}.{name}[{i}]", causes);
                if (name == "versions") Version(values[i], $"{path}.{name}[{i}]", causes);
            }
        }
        if (given != 1) causes.Add(StatusCause.Invalid(path, given == 0 ? "\"\"" : attribute.Shown(), "exactly one value must be specified"));
    }

    private static void Text(JsonNode? value, string path, List<StatusCause> causes)
    {
        if (value.AsText() is { } text && System.Text.Encoding.UTF8.GetByteCount(text) > MaxValueBytes) causes.Add(TooLong(path, MaxValueBytes));
    }

    private static void Version(JsonNode? value, string path, List<StatusCause> causes)
    {
        if (value.AsText() is not { } text) return;
        if (!Semver().IsMatch(text)) causes.Add(StatusCause.Invalid(path, Quote(text), "must be a string compatible with semver.org spec 2.0.0"));
        Text(value, path, causes);
    }

    private static void CounterSets(JsonArray? sets, string name, int most, string path, List<StatusCause> causes)
    {
        AtMost(sets, most, path, causes);
        if (sets is null || sets.Count > most) return;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < sets.Count; i++)
        {
            if (sets[i] is not JsonObject set) continue;
            var at = $"{path}[{i}]";
            RequiredGrammar(set, name, Names.LabelError, at, causes);
            if (!seen.Add(set.Text(name) ?? "")) causes.Add(StatusCause.Duplicate(at, Quote(set.Text(name) ?? "")));
            var counters = set.Object("counters") ?? [];
            if (counters.Count == 0) causes.Add(StatusCause.Required($"{at}.counters"));
            if (counters.Count > MaxCounters) causes.Add(new("FieldValueTooMany", $"{at}.counters", $"Too many: {counters.Count}: must have at most {MaxCounters} items"));
            foreach (var (counter, _) in counters)
                if (Names.LabelError(counter) is { } error) causes.Add(StatusCause.Invalid($"{at}.counters", Quote(counter), error));
        }
    }

    private static void Binding(JsonObject device, string path, List<StatusCause> causes)
    {
        const int most = 4;
        var (met, failed) = (device.Array("bindingConditions") ?? [], device.Array("bindingFailureConditions") ?? []);
        foreach (var (list, name) in new[] { (met, "bindingConditions"), (failed, "bindingFailureConditions") })
        {
            AtMost(list, most, $"{path}.{name}", causes);
            EachGrammar(list, Names.QualifiedNameError, $"{path}.{name}", causes);
            for (var i = 0; i < list.Count; i++)
                if (list.Take(i).Any(c => JsonNode.DeepEquals(c, list[i]))) causes.Add(StatusCause.Duplicate($"{path}.{name}[{i}]", list[i].Shown()));
        }
        for (var i = 0; i < failed.Count; i++)
            if (met.Any(c => JsonNode.DeepEquals(c, failed[i]))) causes.Add(StatusCause.Invalid($"{path}.bindingFailureConditions[{i}]", failed[i].Shown(), "bindingFailureConditions must not overlap with bindingConditions"));
        if (met.Count == 0 && failed.Count > 0) causes.Add(StatusCause.Invalid($"{path}.bindingConditions", "[]", "bindingConditions are required to use bindingFailureConditions"));
        if (failed.Count == 0 && met.Count > 0) causes.Add(StatusCause.Invalid($"{path}.bindingFailureConditions", "[]", "bindingFailureConditions are required to use bindingConditions"));
    }

    [GeneratedRegex(@"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-(0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?\z")]
    private static partial Regex Semver();
}

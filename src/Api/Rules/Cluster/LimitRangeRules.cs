using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules.Pods;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Cluster;

/// <summary>LimitRange (core/v1).</summary>
internal sealed class LimitRangeRules : KindRules
{
    private static readonly string[] Amounts = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"];

    /// <summary>Containers that say nothing get the greatest limit allowed, and request what they are limited to.</summary>
    public override void Default(JsonObject document)
    {
        // Clients in Go send a list of none as null.
        if (document.Object("spec") is { } spec) spec["limits"] ??= new JsonArray();
        foreach (var item in document.Object("spec")?.Objects("limits") ?? [])
        {
            if (item.Text("type") != "Container") continue;
            Fill(item, "default", "max");
            Fill(item, "defaultRequest", "default");
            Fill(item, "defaultRequest", "min");
        }
    }

    private static void Fill(JsonObject item, string target, string source)
    {
        foreach (var (name, value) in item.Object(source) ?? [])
            if (item.Object(target)?[name] is null) item.ObjectOrNew(target)[name] = value?.DeepClone();
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var types = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var item in document.Object("spec")?.Objects("limits") ?? [])
        {
            var at = $"spec.limits[{i++}]";
            var type = item.Text("type") ?? "";
            if (TypeError(type) is { } error) causes.Add(StatusCause.Invalid($"{at}.type", Quote(type), error));
            if (!types.Add(type)) causes.Add(StatusCause.Duplicate($"{at}.type", Quote(type)));
            Item(item, type, at, causes);
        }
    }

    private static string? TypeError(string type)
    {
        if (Names.QualifiedNameError(type) is { } error) return error;
        return type.Contains('/') || type is "Pod" or "Container" or "PersistentVolumeClaim" ? null : "must be a standard limit type or fully qualified";
    }

    private static void Item(JsonObject item, string type, string path, List<StatusCause> causes)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var list in Amounts)
        {
            if (item.Object(list) is not { Count: > 0 } amounts) continue;
            if (type == "Pod" && list is ("default" or "defaultRequest"))
            {
                causes.Add(StatusCause.Forbidden($"{path}.{list}", "may not be specified when `type` is 'Pod'"));
                continue;
            }
            foreach (var (name, _) in amounts)
            {
                names.Add(name);
                var error = type is "Pod" or "Container" ? ResourceNames.ContainerError(name) : ResourceNames.Error(name);
                if (error is not null) causes.Add(StatusCause.Invalid($"{path}.{list}[{name}]", Quote(name), error));
            }
        }
        if (type == "PersistentVolumeClaim" && item.Object("min")?["storage"] is null && item.Object("max")?["storage"] is null)
            causes.Add(StatusCause.Required($"{path}.limits", "either minimum or maximum storage value is required, but neither was provided"));
        foreach (var name in names) Compare(item, name, path, causes);
    }

    private static void Compare(JsonObject item, string name, string path, List<StatusCause> causes)
    {
        var (min, max) = (Read("min"), Read("max"));
        var (limit, request, ratio) = (Read("default"), Read("defaultRequest"), Read("maxLimitRequestRatio"));
        Ordered(min, max, "min", min, "min value", "max value");
        Ordered(min, request, "defaultRequest", request, "min value", "default request value");
        Ordered(request, max, "defaultRequest", request, "default request value", "max value");
        Ordered(request, limit, "defaultRequest", request, "default request value", "default limit value");
        Ordered(min, limit, "default", min, "min value", "default value");
        Ordered(limit, max, "default", max, "default value", "max value");
        if (ratio?.ToDouble() < 1) Fault("maxLimitRequestRatio", ratio, $"ratio {ratio} is less than 1");
        if (ratio is not null && min is { Sign: > 0 } && max is not null && max.Value.ToDouble() / min.Value.ToDouble() is var greatest && ratio.Value.ToDouble() > greatest)
            Fault("maxLimitRequestRatio", ratio, $"ratio {ratio} is greater than max/min = {greatest.ToString("F6", System.Globalization.CultureInfo.InvariantCulture)}");
        if (limit is not null && request is not null && limit != request && !ResourceNames.CanBeOvercommitted(name))
            Fault("defaultRequest", request, $"default value {limit} must equal to defaultRequest value {request} in {name}");

        Quantity? Read(string list) => ResourceRules.Read(item.Object(list)?[name]);

        void Ordered(Quantity? less, Quantity? more, string field, Quantity? shown, string lessName, string moreName)
        {
            if (less > more) Fault(field, shown, $"{lessName} {less} is greater than {moreName} {more}");
        }

        void Fault(string field, Quantity? shown, string detail) => causes.Add(StatusCause.Invalid($"{path}.{field}[{name}]", Quote($"{shown}"), detail));
    }
}

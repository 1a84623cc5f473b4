using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Storage;

/// <summary>StorageClass (storage.k8s.io/v1).</summary>
internal sealed class StorageClassRules : KindRules
{
    private const int MaxParameters = 512;
    private const int MaxParameterBytes = 256 * 1024;

    public override bool IsNamespaced => false;

    public override void Default(JsonObject document)
    {
        SetDefault(document, "reclaimPolicy", "Delete");
        SetDefault(document, "volumeBindingMode", "Immediate");
    }

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        if (Required(document, "provisioner", "", causes) && Names.QualifiedNameError(document.Text("provisioner")!.ToLowerInvariant()) is { } error)
            causes.Add(StatusCause.Invalid("provisioner", Quote(document.Text("provisioner")!), error));
        Parameters(document.Object("parameters"), required: false, causes);
        Supported(document, "reclaimPolicy", ["Delete", "Retain"], "", causes);
        Supported(document, "volumeBindingMode", ["Immediate", "WaitForFirstConsumer"], "", causes);
        Topologies(document, causes);
    }

    protected override void ValidateSpecUpdate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        ValidateSpec(updated, causes);
        if (!JsonNode.DeepEquals(old["parameters"] ?? new JsonObject(), updated["parameters"] ?? new JsonObject())) causes.Add(StatusCause.Forbidden("parameters", "updates to parameters are forbidden."));
        if (old.Text("provisioner") != updated.Text("provisioner")) causes.Add(StatusCause.Forbidden("provisioner", "updates to provisioner are forbidden."));
        if (old.Text("reclaimPolicy") != updated.Text("reclaimPolicy")) causes.Add(StatusCause.Forbidden("reclaimPolicy", "updates to reclaimPolicy are forbidden."));
        Immutable(old["volumeBindingMode"], updated["volumeBindingMode"], "volumeBindingMode", causes);
    }

    /// <summary>Adds what is wrong with the parameters of a class.</summary>
    internal static void Parameters(JsonObject? parameters, bool required, List<StatusCause> causes)
    {
        if (required && parameters is not { Count: > 0 }) causes.Add(StatusCause.Required("parameters", "must contain at least one key/value pair"));
        if (parameters is null) return;
        if (parameters.Count > MaxParameters) causes.Add(TooLong("Provisioner Parameters Length", MaxParameters));
        var bytes = 0L;
        foreach (var (name, value) in parameters)
        {
            if (name.Length == 0) causes.Add(StatusCause.Invalid("parameters", "\"\"", "field can not be empty."));
            bytes += Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(value.AsText() ?? "");
        }
        if (bytes > MaxParameterBytes) causes.Add(TooLong("parameters", MaxParameterBytes));
    }

    private static void Topologies(JsonObject document, List<StatusCause> causes)
    {
        var seen = new List<JsonObject>();
        var i = 0;
        foreach (var term in document.Objects("allowedTopologies"))
        {
            var at = $"allowedTopologies[{i++}]";
            var (n, keys) = (0, new HashSet<string>(StringComparer.Ordinal));
            foreach (var expression in term.Objects("matchLabelExpressions"))
            {
                var inner = $"{at}.matchLabelExpressions[{n++}]";
                if (expression.Array("values") is not { Count: > 0 } values) causes.Add(StatusCause.Required($"{inner}.values"));
                else
                    for (var v = 0; v < values.Count; v++)
                        if (values.Take(v).Any(o => JsonNode.DeepEquals(o, values[v]))) causes.Add(StatusCause.Duplicate($"{inner}.values[{v}]", values[v].Shown()));
                SelectorRules.LabelKey(expression, "key", inner, causes);
                if (!keys.Add(expression.Text("key") ?? "")) causes.Add(StatusCause.Duplicate($"{inner}.key", Quote(expression.Text("key") ?? "")));
            }
            if (seen.Exists(s => JsonNode.DeepEquals(s, term))) causes.Add(StatusCause.Duplicate($"{at}.matchLabelExpressions", "\"\""));
            seen.Add(term);
        }
    }
}

using System.Text.Json.Nodes;
using static Slipway.Api.Cel.CelOverload;

namespace Slipway.Api.Cel;

/// <summary>
/// What expressions change objects with: apply configurations, whose types are named by the way to them from the root, and
/// operations of JSON patches
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/#patch-type"/>).
/// </summary>
public static class CelPatches
{
    internal const string ObjectName = "Object";

    /// <summary>An apply configuration.</summary>
    public static CelType Configuration { get; } = CelType.OpenObject(ObjectName);

    /// <summary>An operation of a JSON patch.</summary>
    public static CelType Operation { get; } = CelType.Object("JSONPatch", new Dictionary<string, CelType>
    {
        ["op"] = CelType.String,
        ["path"] = CelType.String,
        ["from"] = CelType.String,
        ["value"] = CelType.Dyn,
    });

    /// <summary>A JSON patch.</summary>
    public static CelType Patch { get; } = CelType.List(Operation);

    internal static IReadOnlyList<CelOverload> Functions { get; } =
    [
        Global("jsonpatch.escapeKey", "string_jsonpatch_escapeKey_string", [CelType.String], CelType.String, (_, a) =>
            new CelString(a[0].Text().Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal))),
    ];

    /// <summary>The document of a configuration that an expression has made.</summary>
    /// <exception cref="FormatException">An object's type does not name the field that it stands in, or a value has no JSON form.</exception>
    public static JsonObject ConfigurationOf(CelValue value)
    {
        CheckNames(value);
        return CelJson.ToJson(value) as JsonObject ?? throw new FormatException($"unsupported return type from ApplyConfiguration expression: {value.TypeName}");
    }

    /// <summary>The JSON patch that an expression has made.</summary>
    /// <exception cref="FormatException">As above, in a value.</exception>
    public static JsonArray PatchOf(CelValue value)
    {
        if (value is not CelList list) throw new FormatException("type mismatch: JSONPatchType.expression should evaluate to array");
        var patch = new JsonArray();
        foreach (var item in list.Items)
        {
            if (item is not CelMap map) throw new FormatException($"type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch, got element of {item.TypeName}");
            // Operations always have these; an empty "from" is none.
            var operation = new JsonObject { ["op"] = TextOf(map, "op"), ["path"] = TextOf(map, "path") };
            if (TextOf(map, "from") is { Length: > 0 } from) operation["from"] = from;
            if (map.GetField("value") is { } given)
            {
                if (given is CelStruct) CheckNames(given);
                operation["value"] = CelJson.ToJson(given);
            }
            patch.Add((JsonNode)operation);
        }
        return patch;
    }

    private static string TextOf(CelMap operation, string field) => operation.GetField(field) is CelString { Value: var text } ? text : "";

    // Fields are not declared, so the checker cannot see that an object is not the one that belongs into a field.
    private static void CheckNames(CelValue value)
    {
        var problems = new List<string>();
        Visit(value, value.TypeName, problems);
        if (problems.Count > 0) throw new FormatException($"type mismatch: {string.Join('\n', problems)}");
    }

    private static void Visit(CelValue value, string expected, List<string> problems)
    {
        switch (value)
        {
            case CelStruct made:
                if (made.TypeName != expected) problems.Add($"unexpected type name \"{made.TypeName}\", expected \"{expected}\", which matches field name path from root Object type");
                foreach (var key in made.Keys) Visit(made.Get(key)!, $"{expected}.{key.Text()}", problems);
                break;
            case CelList list:
                foreach (var item in list.Items) Visit(item, expected, problems);
                break;
            case CelMap map:
                foreach (var key in map.Keys) Visit(map.Get(key)!, expected, problems);
                break;
        }
    }
}

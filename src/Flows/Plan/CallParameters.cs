using System.Text.Json.Nodes;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>Works out the parameters of a call: those given by <c>with</c>, and the defaults for the others.</summary>
internal static class CallParameters
{
    /// <summary>Values by name; null and the problem if one has no value.</summary>
    public static Dictionary<string, CelValue>? For(FlowTask task, TaskGroup called, IReadOnlyDictionary<string, CelValue> scope, out string problem)
    {
        problem = "";
        var values = new Dictionary<string, CelValue>();
        foreach (var parameter in called.Params)
        {
            if (task.With is not { } with || !with.TryGetValue(parameter.Name, out var given))
            {
                if (parameter.Default is null)
                {
                    problem = $"with.{parameter.Name} is missing, and the parameter has no default";
                    return null;
                }

                values[parameter.Name] = CelJson.ToCel(parameter.Default);
                continue;
            }

            var value = JsonTemplate.Evaluate(given, scope);
            if (value is CelError error and not CelUnknown)
            {
                problem = $"with.{parameter.Name} has no value: {error.Message}; correct {CelJson.ToCompactJson(given)}";
                return null;
            }

            if (parameter.Type is { } type && value is not CelUnknown && !IsOf(value, type))
            {
                problem = $"with.{parameter.Name} must be of type {type}, but is {value.TypeName}; correct {CelJson.ToCompactJson(given)}";
                return null;
            }

            values[parameter.Name] = value;
        }

        return values;
    }

    /// <summary>The parameters as SLIPWAY_PARAMS has them: JSON, without those that are files.</summary>
    public static string Json(IReadOnlyDictionary<string, CelValue> parameters) => CelJson.ToCompactJson(new JsonObject(
        parameters.Where(p => !IsFile(p.Value)).Select(p => KeyValuePair.Create(p.Key, CelJson.ToJson(p.Value)))));

    private static bool IsOf(CelValue value, string type) => type switch
    {
        FlowParam.StringType => value is CelString,
        FlowParam.IntegerType => value is CelInt,
        FlowParam.NumberType => value is CelInt or CelUint or CelDouble,
        FlowParam.BooleanType => value is CelBool,
        FlowParam.ArrayType => value is CelList,
        FlowParam.ObjectType => value is CelMap,
        _ => true,
    };

    private static bool IsFile(CelValue value) => value is FileValue || (value is CelList { Items: [var first, ..] } && IsFile(first));
}

using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Selectors;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules;

/// <summary>The rules of label selectors in documents.</summary>
internal static class SelectorRules
{
    public static void Validate(JsonObject? selector, string path, List<StatusCause> causes)
    {
        if (selector is null) return;
        MetadataRules.ValidateLabels(selector.Object("matchLabels"), $"{path}.matchLabels", causes);
        var i = 0;
        foreach (var expression in selector.Objects("matchExpressions"))
        {
            var at = $"{path}.matchExpressions[{i++}]";
            var values = expression.Array("values");
            switch (expression.Text("operator"))
            {
                case "In" or "NotIn":
                    if (values is not { Count: > 0 }) causes.Add(StatusCause.Required($"{at}.values", "must be specified when `operator` is 'In' or 'NotIn'"));
                    break;
                case "Exists" or "DoesNotExist":
                    if (values is { Count: > 0 }) causes.Add(StatusCause.Forbidden($"{at}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
                    break;
                default:
                    causes.Add(StatusCause.Invalid($"{at}.operator", Quote(expression.Text("operator") ?? ""), "not a valid selector operator"));
                    break;
            }
            LabelKey(expression, "key", at, causes);
            EachGrammar(values, Names.LabelValueError, $"{at}.values", causes);
        }
    }

    /// <summary>A key of a label that must be there; an empty one is as wrong as a malformed one.</summary>
    public static void LabelKey(JsonObject holder, string name, string path, List<StatusCause> causes)
    {
        if (Names.QualifiedNameError(holder.Text(name) ?? "") is { } error) causes.Add(StatusCause.Invalid(At(path, name), Quote(holder.Text(name) ?? ""), error));
    }

    public static bool IsEmpty(JsonObject selector) => selector.Object("matchLabels") is not { Count: > 0 } && selector.Array("matchExpressions") is not { Count: > 0 };

    /// <summary>Whether a selector, which need not be valid, selects labels; an invalid one is reported elsewhere.</summary>
    public static bool Matches(JsonObject selector, JsonObject? labels)
    {
        try
        {
            return LabelSelector.FromJson(selector).Matches(labels);
        }
        catch (ApiException)
        {
            return true;
        }
    }
}

using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Schemas;

/// <summary>
/// An entry of <c>x-kubernetes-validations</c>
/// (<see href="https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules"/>).
/// Texts that are absent are empty.
/// </summary>
public sealed record ValidationRule
{
    public string Rule { get; init; } = "";

    public string Message { get; init; } = "";

    public string MessageExpression { get; init; } = "";

    /// <summary>Machine-readable reason of the refusal; null for <c>FieldValueInvalid</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>Path of the field at fault below the value that the rule is for, such as <c>.spec.replicas</c>.</summary>
    public string FieldPath { get; init; } = "";

    /// <summary>Whether <c>oldSelf</c> is an optional, so that the rule holds for new values too; null where nothing is said.</summary>
    public bool? OptionalOldSelf { get; init; }

    public static IReadOnlyList<ValidationRule> Read(JsonObject schema) => [.. schema.Objects("x-kubernetes-validations").Select(json => new ValidationRule
    {
        Rule = json.Text("rule") ?? "",
        Message = json.Text("message") ?? "",
        MessageExpression = json.Text("messageExpression") ?? "",
        Reason = json.Text("reason"),
        FieldPath = json.Text("fieldPath") ?? "",
        OptionalOldSelf = json.Boolean("optionalOldSelf"),
    })];

    /// <summary>What the rule is called in messages.</summary>
    internal string Shown => Message.Length > 0 ? Message.Trim() : Rule.Trim();

    /// <summary>The rule as JSON, as refusals of a definition show it.</summary>
    internal string Json
    {
        get
        {
            var json = new JsonObject { ["rule"] = Rule };
            if (Message.Length > 0) json["message"] = Message;
            if (MessageExpression.Length > 0) json["messageExpression"] = MessageExpression;
            if (Reason is not null) json["reason"] = Reason;
            if (FieldPath.Length > 0) json["fieldPath"] = FieldPath;
            if (OptionalOldSelf is { } optional) json["optionalOldSelf"] = optional;
            return json.Shown();
        }
    }
}

using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api.Cel;

namespace Slipway.Api.Schemas;

/// <summary>
/// Evaluates the rules of a schema on a document, one evaluation for each validation. A rule that reads <c>oldSelf</c> is for
/// values that were there before; and what a rule refuses in a value that has not changed is only warned of
/// (<see href="https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-ratcheting"/>).
/// </summary>
internal sealed class RuleEvaluation(CancellationToken cancellation)
{
    /// <summary>Most cost of all rules of a document; some second.</summary>
    private const ulong Budget = 10_000_000;

    private const int MaxMessageBytes = 5 * 1024;

    private ulong left = Budget;
    private bool isOver;
    private bool isOnDefault;

    /// <summary>What is wrong with the document.</summary>
    public List<StatusCause> Causes { get; } = [];

    /// <summary>What is wrong with what has not changed.</summary>
    public List<StatusCause> Warnings { get; } = [];

    /// <summary>Evaluates all rules.</summary>
    /// <param name="tree">The rules.</param>
    /// <param name="document">The document, which its schema accepts.</param>
    /// <param name="old">The document before; null for a new one.</param>
    public void Run(RuleTree tree, JsonObject document, JsonObject? old) => Visit(tree, "", new Place(document, old, null));

    /// <summary>Evaluates the rules on the default that a definition gives for a value. What is wrong with the rules themselves is told of by <see cref="RuleCheck"/>.</summary>
    /// <param name="tree">The rules of the value.</param>
    /// <param name="value">The value.</param>
    /// <param name="path">Its path, for messages.</param>
    public void RunOnDefault(RuleTree tree, JsonNode value, string path)
    {
        isOnDefault = true;
        Visit(tree, path, new Place(value, null, null));
    }

    private void Visit(RuleTree tree, string path, Place place)
    {
        if (isOver || place.Value is null) return;
        if (tree.Rules.Count > 0) Evaluate(tree, path, place);
        switch (place.Value)
        {
            case JsonArray list when tree.Items is { } items:
                var olds = tree.Node.ListType == "map" && place.Old is JsonArray before ? ListKeys.Index(before, tree.Node) : null;
                for (var i = 0; i < list.Count && !isOver; i++)
                    Visit(items, $"{path}[{i}]", new Place(list[i], olds?.GetValueOrDefault(ListKeys.Of(list[i], tree.Node)), place));
                break;
            case JsonObject document:
                var oldDocument = place.Old as JsonObject;
                foreach (var (name, value) in document)
                {
                    if (tree.Properties.TryGetValue(name, out var property)) Visit(property, path.Length == 0 ? name : $"{path}.{name}", new Place(value, oldDocument?[name], place));
                    else if (tree.AdditionalProperties is { } values) Visit(values, $"{path}[{name}]", new Place(value, oldDocument?[name], place));
                }

                break;
        }
    }

    private void Evaluate(RuleTree tree, string path, Place place)
    {
        var self = CelSchemaValues.Of(place.Value, tree.Node, tree.IsRoot);
        var oldSelf = place.Old is null ? null : CelSchemaValues.Of(place.Old, tree.Node, tree.IsRoot);
        var type = $"\"{tree.Node.Type}\"";
        foreach (var compiled in tree.Rules)
        {
            if (compiled.Error is { } error)
            {
                if (!isOnDefault) Causes.Add(StatusCause.Invalid(Shown(path), type, $"rule compile error: {error}"));
                continue;
            }

            var isOptional = compiled.Rule.OptionalOldSelf == true;
            if (compiled.UsesOldSelf && oldSelf is null && !isOptional) continue;
            var variables = CompiledRule.Variables(self, !isOptional ? oldSelf : oldSelf is null ? CelOptional.None : CelOptional.Of(oldSelf));
            var result = compiled.Program!.Evaluate(variables, cancellation: cancellation);
            cancellation.ThrowIfCancellationRequested();
            if (!Pay(result.Cost))
            {
                Stop(StatusCause.Invalid(Shown(path), type, "validation failed due to running out of cost budget, no further validation rules will be run"));
                return;
            }

            switch (result)
            {
                case { Value: CelBool { Value: true } }:
                    break;
                case { WasInterrupted: true, Value: CelError interrupted }:
                    Stop(StatusCause.Invalid(Shown(path), type, $"'{interrupted.Message}': no further validation rules will be run due to call cost exceeds limit for rule: {compiled.Rule.Shown}"));
                    return;
                case { Value: CelError { Message: var message } } when message.StartsWith("no such overload", StringComparison.Ordinal):
                    // The checker finds most of these; this one is in what only has a type when it is evaluated.
                    Causes.Add(StatusCause.Invalid(Shown(path), type, $"'{message}': call arguments did not match a supported operator, function or macro signature for rule: {compiled.Rule.Shown}"));
                    break;
                case { Value: CelError { Message: var message } }:
                    Causes.Add(StatusCause.Invalid(Shown(path), type, $"{message} evaluating rule: {compiled.Rule.Shown}"));
                    break;
                default:
                    Refuse(compiled, path, type, place, variables);
                    break;
            }

            if (isOver) return;
        }
    }

    private void Refuse(CompiledRule compiled, string path, string type, Place place, Dictionary<string, CelValue> variables)
    {
        var field = compiled.FieldPath is not { } below ? Shown(path) : below.StartsWith('[') ? path + below : path.Length == 0 ? below : $"{path}.{below}";
        var detail = Message(compiled, variables);
        if (detail is null)
        {
            Stop(StatusCause.Invalid(field, type, "messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run"));
            return;
        }

        var cause = compiled.Rule.Reason switch
        {
            "FieldValueForbidden" => StatusCause.Forbidden(field, detail),
            "FieldValueRequired" => StatusCause.Required(field, detail),
            "FieldValueDuplicate" => StatusCause.Duplicate(field, type),
            _ => StatusCause.Invalid(field, type, detail),
        };
        (!compiled.UsesOldSelf && place.IsUnchanged ? Warnings : Causes).Add(cause);
    }

    /// <summary>What the message expression gives, if it gives a proper text, else the message, else the rule; null if there is no budget for it.</summary>
    private string? Message(CompiledRule compiled, Dictionary<string, CelValue> variables)
    {
        var fallback = compiled.Rule.Message.Length > 0 ? compiled.Rule.Message.Trim() : $"failed rule: {compiled.Rule.Shown}";
        if (compiled.Message is not { } expression) return fallback;
        var result = expression.Evaluate(variables, cancellation: cancellation);
        cancellation.ThrowIfCancellationRequested();
        if (!Pay(result.Cost) || result.WasInterrupted) return null;
        var text = (result.Value as CelString)?.Value.Trim() ?? "";
        return text.Length == 0 || text.Contains('\n') || Encoding.UTF8.GetByteCount(text) > MaxMessageBytes ? fallback : text;
    }

    private bool Pay(ulong cost)
    {
        if (cost > left) return false;
        left -= cost;
        return true;
    }

    private void Stop(StatusCause cause)
    {
        Causes.Add(cause);
        isOver = true;
    }

    // Kubernetes shows the path of the document itself so.
    private static string Shown(string path) => path.Length == 0 ? "<nil>" : path;

    /// <summary>A value, the value before if there was one that it can be compared with, and the value around it.</summary>
    private sealed record Place(JsonNode? Value, JsonNode? Old, Place? Around)
    {
        /// <summary>Whether it is as before; one that cannot be compared is if what is around it is.</summary>
        public bool IsUnchanged => Old is not null ? JsonNode.DeepEquals(Value, Old) : Around?.IsUnchanged == true;
    }
}

using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>The rules of a container's environment.</summary>
internal static partial class EnvironmentRules
{
    private const string NameRule = "a valid environment variable name must consist only of printable ASCII characters other than '='";
    private static readonly string[] Sources = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];

    private static readonly string[] Fields =
        ["metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"];

    public static void Validate(JsonObject container, string path, List<StatusCause> causes)
    {
        var i = 0;
        foreach (var variable in container.Objects("env"))
        {
            var at = $"{path}.env[{i++}]";
            if (Required(variable, "name", at, causes) && !VariableName().IsMatch(variable.Text("name")!)) causes.Add(StatusCause.Invalid($"{at}.name", Quote(variable.Text("name")!), NameRule));
            if (variable.Object("valueFrom") is { } from) ValueFrom(variable, from, $"{at}.valueFrom", causes);
        }
        i = 0;
        foreach (var source in container.Objects("envFrom"))
        {
            var at = $"{path}.envFrom[{i++}]";
            if (source.Text("prefix") is { Length: > 0 } prefix && !VariableName().IsMatch(prefix)) causes.Add(StatusCause.Invalid($"{at}.prefix", Quote(prefix), NameRule));
            var given = 0;
            foreach (var kind in (ReadOnlySpan<string>)["configMapRef", "secretRef"])
            {
                if (source.Object(kind) is not { } reference) continue;
                given++;
                RequiredGrammar(reference, "name", Names.SubdomainError, $"{at}.{kind}", causes);
            }
            if (given != 1) causes.Add(StatusCause.Invalid($"{path}.envFrom", "\"\"", given == 0 ? "must specify one of: `configMapRef` or `secretRef`" : "may not have more than one field specified at a time"));
        }
    }

    private static void ValueFrom(JsonObject variable, JsonObject from, string path, List<StatusCause> causes)
    {
        var given = 0;
        foreach (var kind in Sources)
        {
            if (from.Object(kind) is not { } source) continue;
            given++;
            var at = $"{path}.{kind}";
            switch (kind)
            {
                case "fieldRef":
                    FieldReference.Field(source, Fields, at, causes);
                    break;
                case "resourceFieldRef":
                    FieldReference.Resource(source, isVolume: false, at, causes);
                    break;
                case "configMapKeyRef" or "secretKeyRef":
                    if (Names.SubdomainError(source.Text("name") ?? "") is { } error) causes.Add(StatusCause.Invalid($"{at}.name", Quote(source.Text("name") ?? ""), error));
                    RequiredGrammar(source, "key", Names.ConfigKeyError, at, causes);
                    break;
                case "fileKeyRef":
                    Required(source, "key", at, causes);
                    Required(source, "volumeName", at, causes);
                    if (Required(source, "path", at, causes)) UnreservedPath(source.Text("path"), $"{at}.path", causes);
                    break;
            }
        }
        if (given == 0) causes.Add(StatusCause.Invalid(path, "\"\"", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"));
        else if (!string.IsNullOrEmpty(variable.Text("value"))) causes.Add(StatusCause.Invalid(path, "\"\"", "may not be specified when `value` is not empty"));
        else if (given > 1) causes.Add(StatusCause.Invalid(path, "\"\"", "may not have more than one field specified at a time"));
    }

    [GeneratedRegex(@"^[ -<>-~]+\z")]
    private static partial Regex VariableName();
}

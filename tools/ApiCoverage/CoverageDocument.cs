using System.Reflection;
using System.Text;
using Slipway.Api;
using Slipway.Api.Rules;
using Slipway.Api.Schemas;
using Slipway.ApiServer.Catalog;
using Slipway.ApiServer.Tables;

namespace Slipway.ApiCoverage;

/// <summary>What is served and validated of each built-in kind, read from the tables that the server itself runs on.</summary>
public static class CoverageDocument
{
    /// <summary>Name of the file under <c>docs/</c>.</summary>
    public const string FileName = "api-coverage.md";

    private const string Head = """
        # What the API serves

        Written by `tools/ApiCoverage` from the tables that the server runs on; a test compares it with a fresh one.

        Every kind below is served from its generated schema: unknown and duplicate fields, types, required fields, enumerations,
        quantities and times are checked by it, and metadata by the rules that all kinds share. In a status nothing is required, and
        enumerations are open, but for what the rules say. The columns say what a kind has beyond that, in `src/Api/Rules`:

        - **defaults**: fields that are filled in when they are left out.
        - **checks**: rules on values, with the field's path in each message.
        - **updates**: rules on what an update may change.
        - **generation**: `metadata.generation` counts the changes of what is desired.

        Verbs are `create`, `delete`, `deletecollection`, `get`, `list`, `patch`, `update` and `watch` unless others are listed.
        Every kind can be selected by `metadata.name`, and by `metadata.namespace` where it has one. Columns with an asterisk show with `-o wide`.

        """;

    /// <summary>The document.</summary>
    public static string Text()
    {
        var text = new StringBuilder(Head);
        foreach (var version in BuiltInKinds.All.GroupBy(t => t.ApiVersion))
        {
            text.Append($"\n## {version.Key}\n\n");
            text.Append("| kind | resource | short | scope | verbs | subresources | selectable fields | categories | defaults | checks | updates | generation |\n");
            text.Append("|---|---|---|---|---|---|---|---|---|---|---|---|\n");
            foreach (var type in version) text.Append(Row(type));
            text.Append("\nColumns of tables:\n\n");
            foreach (var type in version.Where(t => t.Verbs.Contains("list"))) text.Append($"- {type.Kind}: {Columns(type)}\n");
            if (!version.Any(t => t.Verbs.Contains("list"))) text.Append("- none: nothing is kept\n");
        }
        return text.ToString();
    }

    private static string Row(ResourceType type)
    {
        var rules = KindRules.For(type);
        string[] cells =
        [
            type.Kind, type.Plural, string.Join(", ", type.ShortNames), type.Namespaced ? "namespace" : "cluster",
            type.Verbs.Count == 8 ? "all" : string.Join(", ", type.Verbs), string.Join(", ", type.Subresources),
            string.Join(", ", type.SelectableFields), string.Join(", ", type.Categories),
            Mark(Has(rules, "Default")), Mark(Has(rules, "ValidateSpec")), Mark(Has(rules, "ValidateSpecUpdate")), Mark(type.HasGeneration),
        ];
        return $"| {string.Join(" | ", cells)} |\n";
    }

    private static string Columns(ResourceType type) =>
        string.Join(", ", KindTables.For(StoredForm.Of(type)?.Type ?? type).Columns.Select(c => c.Priority == 0 ? c.Name : c.Name + "*"));

    // A kind has rules of its own where its class says more than the class of all rules.
    private static bool Has(KindRules rules, string method) =>
        rules.GetType().GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Any(m => m.Name == method && m.DeclaringType != typeof(KindRules));

    private static string Mark(bool value) => value ? "yes" : "";
}

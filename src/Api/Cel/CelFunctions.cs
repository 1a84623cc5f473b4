using System.Text;
using System.Text.RegularExpressions;
using Slipway.Api.Schemas;

namespace Slipway.Api.Cel;

/// <summary>The standard functions.</summary>
internal static class CelFunctions
{
    /// <summary>Names of all functions, for those who check expressions without evaluating them.</summary>
    public static readonly IReadOnlyList<string> Names =
        ["size", "startsWith", "endsWith", "contains", "matches", "int", "uint", "double", "string", "bool", "bytes", "type", "dyn"];

    public static CelValue Call(string name, CelValue? target, CelValue[] arguments)
    {
        // size and matches are called either way; the others have one form.
        CelValue[] all = target is null ? arguments : [target, .. arguments];
        return (name, target is null, all) switch
        {
            ("size", _, [CelString s]) => new CelInt(s.Value.EnumerateRunes().Count()),
            ("size", _, [CelBytes b]) => new CelInt(b.Value.Length),
            ("size", _, [CelList l]) => new CelInt(l.Items.Count),
            ("size", _, [CelMap m]) => new CelInt(m.Count),
            ("startsWith", false, [CelString s, CelString part]) => CelBool.Of(s.Value.StartsWith(part.Value, StringComparison.Ordinal)),
            ("endsWith", false, [CelString s, CelString part]) => CelBool.Of(s.Value.EndsWith(part.Value, StringComparison.Ordinal)),
            ("contains", false, [CelString s, CelString part]) => CelBool.Of(s.Value.Contains(part.Value, StringComparison.Ordinal)),
            ("matches", _, [CelString s, CelString pattern]) => Matches(s.Value, pattern.Value),
            ("int", true, [var v]) => CelConversions.ToInt(v),
            ("uint", true, [var v]) => CelConversions.ToUint(v),
            ("double", true, [var v]) => CelConversions.ToDouble(v),
            ("string", true, [var v]) => CelConversions.ToText(v),
            ("bool", true, [var v]) => CelConversions.ToBool(v),
            ("bytes", true, [CelString s]) => new CelBytes(Encoding.UTF8.GetBytes(s.Value)),
            ("bytes", true, [CelBytes b]) => b,
            ("type", true, [var v]) => new CelString(v.TypeName),
            ("dyn", true, [var v]) => v,
            _ when !Names.Contains(name) => new CelError($"unknown function {name}"),
            _ => new CelError($"no such overload: {(target is null ? "" : $"{target.TypeName}.")}{name}({string.Join(", ", arguments.Select(a => a.TypeName))})"),
        };
    }

    /// <summary>As RE2 reads the pattern, which the specification asks for, and in time linear in the text.</summary>
    private static CelValue Matches(string text, string pattern)
    {
        try
        {
            return CelBool.Of(Regex.IsMatch(text, Patterns.Translated(pattern), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant));
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return new CelError($"{pattern} is no regular expression: {e.Message}");
        }
    }
}

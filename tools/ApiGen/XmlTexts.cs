using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace Slipway.ApiGen;

/// <summary>Reads the summaries of an XML documentation file as plain text.</summary>
internal static partial class XmlTexts
{
    /// <summary>Texts by member id (<c>T:…</c>, <c>P:…</c>) of the members whose name starts with a prefix.</summary>
    public static Dictionary<string, string> Read(string xmlFile, string prefix)
    {
        var texts = new Dictionary<string, string>();
        using var reader = XmlReader.Create(xmlFile);
        while (reader.ReadToFollowing("member"))
        {
            var name = reader.GetAttribute("name")!;
            if (name[0] is not ('T' or 'P') || !name.AsSpan(2).StartsWith(prefix)) continue;
            using var member = reader.ReadSubtree();
            if (member.ReadToFollowing("summary")) texts[name] = Unwrap(XElement.Load(member.ReadSubtree()).Value);
        }
        return texts;
    }

    // The package wraps text at a column; paragraphs and list items keep their line breaks.
    private static string Unwrap(string text)
    {
        var result = new StringBuilder();
        var paragraph = false;
        foreach (var line in text.Split('\n').Select(l => l.Trim()))
        {
            if (line.Length == 0)
            {
                paragraph = result.Length > 0;
                continue;
            }
            if (result.Length > 0) result.Append(paragraph ? "\n\n" : ListItem().IsMatch(line) ? "\n" : " ");
            result.Append(line);
            paragraph = false;
        }
        return result.ToString();
    }

    [GeneratedRegex(@"^([-*] |\d+\. )")]
    private static partial Regex ListItem();
}

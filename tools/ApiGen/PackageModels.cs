using System.Reflection;
using System.Text;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using System.Xml;
using k8s.Models;

namespace Slipway.ApiGen;

/// <summary>One field of a model class.</summary>
internal sealed record ModelField(string Json, Type Type, string Description);

/// <summary>One model class of the package.</summary>
internal sealed record Model(Type Class, IReadOnlyList<ModelField> Fields, string Description, KubernetesEntityAttribute? Kind);

/// <summary>The model classes of the KubernetesClient.Aot package in generally available versions, with their XML documentation.</summary>
internal static partial class PackageModels
{
    public static IReadOnlyDictionary<string, Model> Read(string xmlFile)
    {
        var texts = ReadTexts(xmlFile);
        return typeof(V1Pod).Assembly.GetExportedTypes()
            .Where(t => t is { Namespace: "k8s.Models", IsClass: true, IsGenericTypeDefinition: false } && GaClass().IsMatch(t.Name))
            .ToDictionary(t => t.Name, t => new Model(t, [.. Fields(t, texts)], texts.GetValueOrDefault($"T:{t.FullName}", ""), t.GetCustomAttribute<KubernetesEntityAttribute>()));
    }

    private static IEnumerable<ModelField> Fields(Type type, Dictionary<string, string> texts)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            if (property.GetCustomAttribute<JsonPropertyNameAttribute>() is { } json)
                yield return new(json.Name, property.PropertyType, texts.GetValueOrDefault($"P:{type.FullName}.{property.Name}", ""));
    }

    private static Dictionary<string, string> ReadTexts(string xmlFile)
    {
        var texts = new Dictionary<string, string>();
        using var reader = XmlReader.Create(xmlFile);
        while (reader.ReadToFollowing("member"))
        {
            var name = reader.GetAttribute("name")!;
            if (!name.Contains(":k8s.Models.", StringComparison.Ordinal) || name[0] is not ('T' or 'P')) continue;
            using var member = reader.ReadSubtree();
            if (member.ReadToFollowing("summary")) texts[name] = Unwrap(member.ReadElementContentAsString());
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

    [GeneratedRegex("^([A-Z][A-Za-z]+v|V)[0-9]+[A-Z]")]
    private static partial Regex GaClass();

    [GeneratedRegex(@"^([-*] |\d+\. )")]
    private static partial Regex ListItem();
}

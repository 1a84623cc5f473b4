using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
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
        var texts = XmlTexts.Read(xmlFile, "k8s.Models.");
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

    [GeneratedRegex("^([A-Z][A-Za-z]+v|V)[0-9]+[A-Z]")]
    private static partial Regex GaClass();
}

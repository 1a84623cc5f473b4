using System.Text.Json.Nodes;
using Slipway.Api.Schemas;

namespace Slipway.Api.Apply;

/// <summary>The fields of a document as paths.</summary>
internal static class DocumentFields
{
    /// <summary>
    /// The fields that whoever applies a document means to own: its leaves, items of lists and keys of maps, and declared fields
    /// only where they are empty.
    /// </summary>
    public static FieldSet Of(Schema schema, JsonObject document) => Below(schema, document, isRoot: true, everyLevel: false);

    /// <summary>The paths below a value. With <paramref name="everyLevel"/>, maps and lists are among them as well as what they hold.</summary>
    public static FieldSet Below(Schema? schema, JsonNode? value, bool isRoot, bool everyLevel)
    {
        var fields = new FieldSet();
        switch (Shapes.Of(schema, value))
        {
            case Shape.Map:
                foreach (var (name, inner) in (JsonObject)value!)
                {
                    var field = schema?.Find(name, isRoot);
                    var isMember = everyLevel || inner is null or JsonObject { Count: 0 } || Shapes.Of(field, inner) == Shape.Leaf || !schema.Declares(name, isRoot);
                    fields.Add("f:" + name, isMember, Below(field, inner, false, everyLevel));
                }
                break;
            case var shape and not Shape.Leaf:
                var list = (JsonArray)value!;
                var elements = Shapes.ElementsOf(schema, shape, list);
                for (var i = 0; i < list.Count; i++)
                {
                    // Of items that occur twice it can only be said that they are there.
                    var below = shape == Shape.Set || fields[elements[i]].IsMember ? null : Below(schema!.Items, list[i], false, everyLevel);
                    fields.Add(elements[i], true, below);
                }
                break;
        }
        return fields;
    }

    /// <summary>
    /// The set together with the declared fields on the way to its members, which <see cref="Of"/> leaves out; so that a field goes
    /// when all that is below it does.
    /// </summary>
    public static FieldSet WithDeclared(this FieldSet set, Schema? schema, bool isRoot = true)
    {
        var result = new FieldSet();
        foreach (var (element, entry) in set.Entries)
        {
            var name = element[2..];
            var inner = element[0] == 'f' ? schema?.Find(name, isRoot) : schema?.Items;
            var isMember = entry.IsMember || (entry.Below is not null && element[0] == 'f' && schema.Declares(name, isRoot));
            result.Add(element, isMember, entry.Below?.WithDeclared(inner, false));
        }
        return result;
    }
}

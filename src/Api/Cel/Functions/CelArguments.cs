namespace Slipway.Api.Cel;

/// <summary>Reading the arguments of functions, whose types the signature has checked.</summary>
internal static class CelArguments
{
    public static readonly CelType T = CelType.Parameter("T");

    public static string Text(this CelValue value) => ((CelString)value).Value;

    public static long Int(this CelValue value) => ((CelInt)value).Value;

    public static bool Bool(this CelValue value) => ((CelBool)value).Value;

    public static IReadOnlyList<CelValue> Items(this CelValue value) => ((CelList)value).Items;

    public static TValue Opaque<TValue>(this CelValue value)
        where TValue : notnull => ((CelOpaque<TValue>)value).Value;

    /// <summary>A list of texts, or null if it holds something else.</summary>
    public static List<string>? Texts(this CelValue value)
    {
        var texts = new List<string>();
        foreach (var item in value.Items())
        {
            if (item is not CelString text) return null;
            texts.Add(text.Value);
        }

        return texts;
    }

    public static CelList ListOf(IEnumerable<string> texts) => new([.. texts.Select(t => new CelString(t))]);
}

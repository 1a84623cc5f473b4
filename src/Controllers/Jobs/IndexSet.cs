using System.Globalization;
using System.Text;

namespace Slipway.Controllers;

/// <summary>Completion indexes as <c>status.completedIndexes</c> and <c>status.failedIndexes</c> write them: <c>0,2-4,7</c>.</summary>
internal sealed class IndexSet
{
    private readonly SortedSet<int> _indexes = [];

    public int Count => _indexes.Count;

    public bool Contains(int index) => _indexes.Contains(index);

    public void Add(int index) => _indexes.Add(index);

    /// <summary>How many of them another set has too.</summary>
    public int CountIn(IndexSet other) => _indexes.Count(other.Contains);

    /// <summary>Reads the text; what is no index, or not below <paramref name="completions"/>, is left out.</summary>
    public static IndexSet Parse(string? text, int completions)
    {
        var set = new IndexSet();
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = part.Split('-');
            if (!int.TryParse(ends[0], CultureInfo.InvariantCulture, out var first) || !int.TryParse(ends[^1], CultureInfo.InvariantCulture, out var last))
                continue;
            for (var index = Math.Max(first, 0); index <= last && index < completions; index++)
                set.Add(index);
        }
        return set;
    }

    /// <summary>The text; null when there are none.</summary>
    public override string? ToString()
    {
        if (_indexes.Count == 0)
            return null;
        var text = new StringBuilder();
        int? first = null, last = null;
        foreach (var index in _indexes)
        {
            if (last is { } previous && index == previous + 1)
            {
                last = index;
                continue;
            }
            Write();
            (first, last) = (index, index);
        }
        Write();
        return text.ToString();

        void Write()
        {
            if (first is not { } from)
                return;
            if (text.Length > 0)
                text.Append(',');
            text.Append(CultureInfo.InvariantCulture, $"{from}");
            if (last > from)
                text.Append(CultureInfo.InvariantCulture, $"{(last == from + 1 ? ',' : '-')}{last}");
        }
    }
}

using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Slipway.Cli.Manifests;

/// <summary>A place in a file, counted from 1.</summary>
internal readonly record struct Position(int Line, int Column);

/// <summary>Where in a text the fields of a document stand.</summary>
internal sealed class FieldPositions
{
    private readonly Dictionary<string, Position> positions = new(StringComparer.Ordinal);
    private readonly Position start;

    private FieldPositions(Position start) => this.start = start;

    /// <summary>The positions of each document of a text that is well-formed YAML; JSON is, but for a few texts, of which there are none.</summary>
    public static IReadOnlyList<FieldPositions> Read(string text)
    {
        var documents = new List<FieldPositions>();
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            while (parser.TryConsume<DocumentStart>(out _))
            {
                var document = new FieldPositions(Of(parser.Current!));
                if (parser.Current is MappingStart) documents.Add(document); // as they are read: an empty document is none
                document.Visit(parser, "");
                parser.Consume<DocumentEnd>();
            }
            return documents;
        }
        catch (YamlException)
        {
            return [];
        }
    }

    /// <summary>Where a field stands; where the nearest field around it stands, if it is not there itself.</summary>
    /// <param name="path">Its path, such as <c>spec.tasks[1].command[2]</c>.</param>
    public Position Find(string path)
    {
        for (; path.Length > 0; path = path[..Math.Max(0, Math.Max(path.LastIndexOf('.'), path.LastIndexOf('[')))])
            if (positions.TryGetValue(path, out var position)) return position;
        return start;
    }

    private void Visit(Parser parser, string path)
    {
        switch (parser.Current)
        {
            case MappingStart:
                parser.MoveNext();
                while (parser.Current is not MappingEnd) VisitEntry(parser, path);
                break;
            case SequenceStart:
                parser.MoveNext();
                for (var i = 0; parser.Current is not SequenceEnd; i++)
                {
                    positions[$"{path}[{i}]"] = Of(parser.Current!);
                    Visit(parser, $"{path}[{i}]");
                }
                break;
        }
        parser.MoveNext();
    }

    private void VisitEntry(Parser parser, string path)
    {
        var (position, key) = (Of(parser.Current!), (parser.Current as Scalar)?.Value);
        Visit(parser, path); // the key; one that is no scalar has no path
        var inner = key is null ? path : path.Length == 0 ? key : $"{path}.{key}";
        if (key is not null) positions[inner] = position;
        Visit(parser, inner);
    }

    private static Position Of(ParsingEvent at) => new((int)at.Start.Line, (int)at.Start.Column);
}

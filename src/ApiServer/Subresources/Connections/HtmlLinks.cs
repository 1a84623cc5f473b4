using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using Slipway.Api;

namespace Slipway.ApiServer.Subresources.Connections;

/// <summary>
/// Leads the links of a page that begin with a slash below the path at which the client sees the server. Takes the page in
/// whatever pieces it comes; what is within scripts and styles stays as it is.
/// </summary>
/// <param name="prefix">The path, without a slash at its end.</param>
internal sealed class HtmlLinks(string prefix)
{
    private static readonly FrozenSet<string> Linking = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "action", "background", "cite", "classid", "codebase", "data", "formaction", "href", "icon", "longdesc", "manifest", "poster", "profile", "src", "usemap");

    private const int LongestName = 16;

    private readonly byte[] _prefix = Encoding.UTF8.GetBytes(prefix);
    private readonly StringBuilder _name = new(LongestName);
    private State _state;
    private byte _quote;
    private string _raw = "";

    private enum State { Text, Raw, RawOpen, TagName, Tag, AttributeName, AfterName, BeforeValue, ValueStart, Slash, Value, Comment }

    /// <summary>Takes a piece.</summary>
    public void Take(ReadOnlySpan<byte> page, IBufferWriter<byte> output)
    {
        foreach (var c in page)
        {
            if (_state == State.Slash)
            {
                // Two slashes name another host.
                if (c != '/') output.Write(_prefix);
                output.Write("/"u8);
                _state = State.Value;
            }
            _state = Next(c);
            if (_state != State.Slash) output.Write(new ReadOnlySpan<byte>(in c));
        }
    }

    /// <summary>Puts out what was kept back for what might have followed.</summary>
    public void End(IBufferWriter<byte> output)
    {
        if (_state != State.Slash) return;
        output.Write(_prefix);
        output.Write("/"u8);
        _state = State.Value;
    }

    private State Next(byte c) => _state switch
    {
        State.Text => c == '<' ? Named(State.TagName) : State.Text,
        State.Raw => c == '<' ? State.RawOpen : State.Raw,
        State.RawOpen => c == '/' ? Named(State.TagName, c) : c == '<' ? State.RawOpen : State.Raw,
        State.TagName => InTagName(c),
        State.Tag => c == '>' ? AfterTag() : IsSpace(c) || c == '/' ? State.Tag : Named(State.AttributeName, c),
        State.AttributeName => c == '=' ? State.BeforeValue : c == '>' ? AfterTag() : IsSpace(c) ? State.AfterName : Named(State.AttributeName, c, more: true),
        State.AfterName => c == '=' ? State.BeforeValue : c == '>' ? AfterTag() : IsSpace(c) ? State.AfterName : Named(State.AttributeName, c),
        State.BeforeValue => BeforeValue(c),
        State.ValueStart => c == _quote ? State.Tag : c == '/' && Linking.Contains(_name.ToString()) ? State.Slash : State.Value,
        State.Value => InValue(c),
        _ => c == '>' ? State.Text : State.Comment,
    };

    private State InTagName(byte c)
    {
        if (_name.Length == 0 && !char.IsAsciiLetter((char)c) && c != '/') return c == '!' ? State.Comment : State.Text;
        if (c != '>' && !IsSpace(c)) return Named(State.TagName, c, more: true);
        var name = _name.ToString().ToLowerInvariant();
        if (_raw.Length > 0 && name != $"/{_raw}") return State.Raw;
        _raw = name is "script" or "style" ? name : "";
        return c == '>' ? AfterTag() : State.Tag;
    }

    private State AfterTag() => _raw.Length > 0 ? State.Raw : State.Text;

    private State BeforeValue(byte c)
    {
        if (IsSpace(c)) return State.BeforeValue;
        if (c == '>') return AfterTag();
        _quote = c is (byte)'"' or (byte)'\'' ? c : (byte)0;
        if (_quote != 0) return State.ValueStart;
        return c == '/' && Linking.Contains(_name.ToString()) ? State.Slash : State.Value;
    }

    private State InValue(byte c)
    {
        if (_quote != 0) return c == _quote ? State.Tag : State.Value;
        return c == '>' ? AfterTag() : IsSpace(c) ? State.Tag : State.Value;
    }

    private State Named(State state, byte c = 0, bool more = false)
    {
        if (!more) _name.Clear();
        if (c != 0 && _name.Length < LongestName) _name.Append((char)c);
        return state;
    }

    private static bool IsSpace(byte c) => c is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r' or (byte)'\f';
}

/// <summary>A page as it comes from the server, its links led below the path at which the client sees it.</summary>
internal sealed class LinkedPage(Stream page, string prefix) : ReadOnlyStream
{
    private readonly HtmlLinks _links = new(prefix);
    private readonly ArrayBufferWriter<byte> _ready = new();
    private readonly byte[] _piece = new byte[16 << 10];
    private int _taken;
    private bool _isOver;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_taken == _ready.WrittenCount && !_isOver)
        {
            _ready.ResetWrittenCount();
            _taken = 0;
            var read = await page.ReadAsync(_piece, cancellationToken);
            _isOver = read == 0;
            if (_isOver) _links.End(_ready);
            else _links.Take(_piece.AsSpan(0, read), _ready);
        }
        var count = Math.Min(buffer.Length, _ready.WrittenCount - _taken);
        _ready.WrittenMemory.Slice(_taken, count).CopyTo(buffer);
        _taken += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) page.Dispose();
        base.Dispose(disposing);
    }
}

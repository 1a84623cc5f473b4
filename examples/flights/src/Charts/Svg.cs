using System.Globalization;
using System.Net;
using System.Text;

namespace Flights.Charts;

/// <summary>A drawing. Colours come from the page's style sheet by class, so that it follows the light or dark scheme.</summary>
internal sealed class Svg
{
    private readonly StringBuilder text = new();

    /// <param name="width">Width of the drawing's own coordinates; the page scales it.</param>
    /// <param name="height">Height, likewise.</param>
    /// <param name="label">What the drawing shows, for those who do not see it.</param>
    public Svg(int width, int height, string label) =>
        text.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{Escape(label)}\">");

    public void Line(double x1, double y1, double x2, double y2, string kind) =>
        text.Append(CultureInfo.InvariantCulture, $"<line class=\"{kind}\" x1=\"{x1:0.#}\" y1=\"{y1:0.#}\" x2=\"{x2:0.#}\" y2=\"{y2:0.#}\"/>");

    public void Rect(double x, double y, double width, double height, string kind, string? tip = null) =>
        Shape(FormattableString.Invariant($"<rect class=\"{kind}\" x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{Math.Max(width, 0):0.##}\" height=\"{Math.Max(height, 0):0.##}\""), "rect", tip);

    public void Circle(double x, double y, double radius, string kind, string? tip = null) =>
        Shape(FormattableString.Invariant($"<circle class=\"{kind}\" cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"{radius:0.#}\""), "circle", tip);

    public void Path(IEnumerable<(double X, double Y)> points, string kind) =>
        text.Append(CultureInfo.InvariantCulture, $"<path class=\"{kind}\" d=\"M{string.Join('L', points.Select(p => FormattableString.Invariant($"{p.X:0.#},{p.Y:0.#}")))}\"/>");

    /// <param name="anchor">start, middle or end.</param>
    /// <param name="turn">Degrees by which the text is turned around its place.</param>
    public void Text(double x, double y, string content, string kind = "tick", string anchor = "middle", int turn = 0)
    {
        text.Append(CultureInfo.InvariantCulture, $"<text class=\"{kind}\" x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\"");
        if (turn != 0)
            text.Append(CultureInfo.InvariantCulture, $" transform=\"rotate({turn} {x:0.#} {y:0.#})\"");
        text.Append(CultureInfo.InvariantCulture, $">{Escape(content)}</text>");
    }

    public override string ToString() => $"{text}</svg>";

    public static string Escape(string content) => WebUtility.HtmlEncode(content);

    private void Shape(string open, string element, string? tip)
    {
        text.Append(open);
        if (tip is null)
            text.Append("/>");
        else
            text.Append(CultureInfo.InvariantCulture, $"><title>{Escape(tip)}</title></{element}>");
    }
}

{%- extends "nbgrader/base.tpl" -%}
{%- block script -%}
<link rel="stylesheet" href="{{ base_url }}/formgrader/dalil/lists.css">
<script src="{{ base_url }}/formgrader/dalil/lists.js"></script>
{%- endblock -%}
